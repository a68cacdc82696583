import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { folder, statusAt, TestDiscover } from "../integration/discover/test-discover.ts";
import { FakeTailscaled } from "../integration/fake-tailscaled.ts";
import { promtool, skipWithoutPromtool } from "./promtool.ts";

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
