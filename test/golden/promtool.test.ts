import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { promtool, skipWithoutPromtool } from "./promtool.ts";

for (const name of ["agent.prom", "agent-synthetic.prom"]) {
  test(`promtool finds nothing in our own families of ${name}`, { skip: skipWithoutPromtool }, () => {
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
