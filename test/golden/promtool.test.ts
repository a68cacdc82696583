import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";

/** promtool of the environment, or the one that the lab has built; undefined where there is none. */
function findPromtool(): string | undefined {
  const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "tsmon-lab");
  const built = existsSync(cache) ? readdirSync(cache).map((folder) => join(cache, folder, "promtool")) : [];
  return [process.env.TSMON_PROMTOOL, ...built].find((path) => path !== undefined && existsSync(path));
}

const promtool = findPromtool();
if (!promtool) process.stderr.write("Skipping promtool: name one with TSMON_PROMTOOL, or run the lab, which builds it\n");

for (const name of ["agent.prom", "agent-synthetic.prom", "fleet.prom"]) {
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
