import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import process from "node:process";
import { test } from "node:test";
import { findPromtool } from "./find-promtool.ts";

const promtool = findPromtool();
if (!promtool) process.stderr.write("Skipping promtool: name one with TSMON_PROMTOOL, or run the lab, which builds it\n");

for (const name of ["agent.prom", "agent-synthetic.prom"]) {
  test(`promtool finds nothing in our own families of ${name}`, { skip: !promtool && !process.env.CI }, () => {
    const lines = readFileSync(new URL(name, import.meta.url), "utf8").split("\n");
    // tailscaled's own metrics are passed through as they are.
    const input = lines.filter((line) => !/^(?:# \w+ )?tailscaled_/.test(line)).join("\n");
    const { status, stdout, stderr } = spawnSync(promtool ?? "promtool", ["check", "metrics"], {
      input,
      encoding: "utf8",
    });
    assert.deepEqual([status, stdout, stderr], [0, "", ""]);
  });
}
