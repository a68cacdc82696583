import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { parse } from "yaml";
import { prometheusConfig } from "../../src/modes/generate/prometheus.ts";
import { run } from "../integration/agent/tsmon.ts";
import { promtools, skipWithoutPromtool } from "./promtool.ts";

const TIMEOUT = { timeout: 20_000 };

describe("tsmon generate prometheus", () => {
  test("makes what promtool finds nothing in", { ...TIMEOUT, skip: skipWithoutPromtool }, async () => {
    const dir = mkdtempSync(join(tmpdir(), "tsmon-generate-"));
    try {
      const { code, stderr } = await run(["generate", "prometheus", "--out", dir, "--discover", "[fd7a::1]:5254"]);
      assert.deepEqual([code, stderr], [0, `Wrote ${dir}/prometheus.yml\n`]);
      assert.match(readFileSync(join(dir, "prometheus.yml"), "utf8"), /url: http:\/\/\[fd7a::1\]:5254\/sd/);
      assert.notEqual(promtools.length, 0);
      for (const promtool of promtools) {
        const args = ["check", "config", join(dir, "prometheus.yml")];
        const { status, stdout, stderr } = spawnSync(promtool, args, { encoding: "utf8" });
        assert.equal(status, 0, stdout + stderr);
        assert.doesNotMatch(stdout + stderr, /WARN/i);
      }
    } finally {
      rmSync(dir, { recursive: true, force: true });
    }
  });

  test("makes with --snippet the entries of the whole configuration", () => {
    const options = { discover: "127.0.0.1:5254" };
    const whole = parse(prometheusConfig({ ...options, isSnippet: false }));
    assert.deepEqual(parse(prometheusConfig({ ...options, isSnippet: true })), whole.scrape_configs);
  });

  for (const [args, want] of [
    [[], /^Generate what\?/],
    [["dashboard"], /^Cannot generate "dashboard": expected acl, prometheus/],
    [["prometheus", "--discover", "x"], /"x" is not an address: expected HOST:PORT/],
    [["prometheus", "--out", "/proc/none"], /^Cannot write \/proc\/none\/prometheus\.yml: ENOENT/],
  ] as const) {
    test(`says what is wrong with ${args.join(" ") || "nothing"}`, TIMEOUT, async () => {
      const { code, stdout, stderr } = await run(["generate", ...args]);
      assert.deepEqual([code !== 0, stdout], [true, ""]);
      assert.match(stderr, want);
    });
  }
});
