import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { after, describe, test } from "node:test";
import { SERVICES } from "../../../src/modes/commands.ts";
import { unitName, unitText } from "../../../src/modes/install/unit.ts";

const TIMEOUT = { timeout: 60_000 };
/** Most that `systemd-analyze security` may say, by mode; 10 is a service without any protection. */
const MAX_EXPOSURE = { agent: 1.8, discover: 1.1, fleet: 1.1 } as const;

const skip = spawnSync("systemd-analyze", ["--version"]).error && !process.env.CI && "systemd is not installed";
const work = mkdtempSync(join(tmpdir(), "tsmon-units-"));
after(() => rmSync(work, { recursive: true, force: true }));

describe("systemd-analyze", { skip }, () => {
  for (const mode of SERVICES) {
    const path = join(work, unitName(mode));
    // A program that is there, for verify looks.
    writeFileSync(path, unitText(mode, "/bin/true"));
    const analyze = (...args: string[]) => spawnSync("systemd-analyze", [...args, path], { encoding: "utf8" });

    test(`finds nothing wrong with the unit of ${mode}`, TIMEOUT, () => {
      const { status, stdout, stderr } = analyze("verify", "--man=no");
      assert.deepEqual([status, stdout, stderr], [0, "", ""]);
    });

    test(`gives ${mode} an exposure of at most ${MAX_EXPOSURE[mode]}`, TIMEOUT, () => {
      const { stdout } = analyze("security", "--offline=true", "--no-pager");
      const exposure = Number(/Overall exposure level for \S+: ([\d.]+)/.exec(stdout)?.[1]);
      assert.ok(exposure <= MAX_EXPOSURE[mode], stdout);
    });
  }
});

test("unitText() comments every protection that is left out", () => {
  for (const mode of SERVICES) {
    const lines = unitText(mode, "/usr/bin/tsmon").split("\n");
    for (const [index, line] of lines.entries()) {
      if (!/=(no|default|all|read-only)$/.test(line)) continue;
      const before = lines.slice(0, index).findLast((text) => text.startsWith("#") || text === "");
      assert.ok(before?.startsWith("#"), `${line} of ${mode}`);
    }
  }
});
