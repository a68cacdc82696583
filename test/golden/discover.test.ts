import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { test } from "node:test";
import { toJson, toYaml } from "../../src/discovery/answers.ts";
import { labelsOf } from "../../src/discovery/labels.ts";
import { folder, statusAt, TestDiscover } from "../integration/discover/test-discover.ts";
import { FakeTailscaled } from "../integration/fake-tailscaled.ts";
import { promtool, promtools, skipWithoutPromtool } from "./promtool.ts";

const TIMEOUT = { timeout: 20_000 };

test("promtool finds nothing in discover's own families", { ...TIMEOUT, skip: skipWithoutPromtool }, async () => {
  using dir = folder();
  await using tailscaled = await FakeTailscaled.start({ status: statusAt(1) });
  const args = ["--socket", tailscaled.socketPath, "--agents", "none", "--target", "9100"];
  const options = { stateDir: dir.path };
  await using discover = await TestDiscover.start([...args, "--file-sd", `${dir.path}/sd.json`], options);
  await discover.sees("the target", ["127.0.1.1:9100"]);
  await discover.get("/via/none/none");
  const input = await (await discover.get("/metrics")).text();
  assert.match(input, /^tsmon_discover_targets 1$/m);
  const { status, stdout, stderr } = spawnSync(promtool ?? "promtool", ["check", "metrics"], {
    input,
    encoding: "utf8",
  });
  assert.deepEqual([status, stdout, stderr], [0, "", ""]);
});

// Each stands for a kind: control characters of both sets, line ends, half a character, none at all, and beyond 16 bits.
const ODD = ["\0", "\t", "\n", "\r", "\u007f", "\u0080", "\u0085", "\u2028", "\ud800", "\ufeff", "\uffff", "😀", '"', "\\", "#"];

test("Prometheus reads files with any name that a node may have", { ...TIMEOUT, skip: skipWithoutPromtool }, () => {
  using dir = folder();
  const labels = labelsOf(ODD.map((character, i) => [`__meta_${i}`, `a${character}b: `]));
  const groups = [{ targets: ["100.64.0.1:80"], labels }];
  const files = [`${dir.path}/sd.json`, `${dir.path}/sd.yml`];
  writeFileSync(files[0]!, toJson(groups));
  writeFileSync(files[1]!, toYaml(groups));
  const config = `${dir.path}/prometheus.yml`;
  writeFileSync(config, JSON.stringify({ scrape_configs: [{ job_name: "a", file_sd_configs: [{ files }] }] }));
  assert.notEqual(promtools.length, 0);
  for (const promtool of promtools) {
    const { status, stdout, stderr } = spawnSync(promtool, ["check", "config", config], { encoding: "utf8" });
    assert.equal(status, 0, stdout + stderr);
  }
});
