import assert from "node:assert/strict";
import { existsSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { eventually } from "../../lab/eventually.ts";
import { FakeTailscaled } from "../fake-tailscaled.ts";
import { exporter, FakeAgent } from "./fake-agent.ts";
import { folder, statusAt, TestDiscover } from "./test-discover.ts";

const TIMEOUT = { timeout: 60_000 };
const DAY_SECONDS = 86_400;

/** Puts another wall clock before a program's, by a file. Debian's package libfaketime. */
const FAKETIME = ["x86_64", "aarch64"]
  .map((machine) => `/usr/lib/${machine}-linux-gnu/faketime/libfaketimeMT.so.1`)
  .find((path) => existsSync(path));
const skip = FAKETIME === undefined && !process.env.CI && "libfaketime is not installed";

test("a clock that jumps costs no target, and lets no guard go", { ...TIMEOUT, skip }, async () => {
  using dir = folder();
  const clock = join(dir.path, "clock");
  const set = (days: number) => {
    writeFileSync(`${clock}.new`, `${days < 0 ? days : `+${days}`}d\n`);
    renameSync(`${clock}.new`, clock);
  };
  set(0);
  await using tailscaled = await FakeTailscaled.start({ status: statusAt(1, 2, 3, 4) });
  await using agent = await FakeAgent.start("127.0.1.1", 0, [exporter("tsmon"), exporter("postgres")]);
  const args = ["--socket", tailscaled.socketPath, "--agent.port", `${agent.port}`, "--target", "9100"];
  const env = {
    LD_PRELOAD: FAKETIME ?? "",
    FAKETIME_TIMESTAMP_FILE: clock,
    FAKETIME_NO_CACHE: "1",
    FAKETIME_DONT_FAKE_MONOTONIC: "1",
  };
  await using discover = await TestDiscover.start(args, { stateDir: join(dir.path, "state"), env });
  await eventually("all", async () => (await discover.names()).length === 6);
  const all = await discover.names();
  /** Days by which the clock of the newest list is ahead of ours. */
  const aheadDays = async () => {
    const seconds = await discover.metric('tsmon_discover_last_success_timestamp_seconds{source="local"}');
    return Math.round(((seconds ?? 0) - Date.now() / 1000) / DAY_SECONDS);
  };
  const jump = async (days: number) => {
    set(days);
    await eventually(`a list ${days} days ahead`, async () => (await aheadDays()) === days);
    const before = agent.requests.length;
    await eventually("another question to the agent", () => agent.requests.length > before);
    assert.deepEqual(await discover.names(), all);
  };
  for (const days of [400, -4000, 0]) await jump(days);
  tailscaled.answers.status = statusAt(1);
  await discover.says(/ warn Many devices vanished at once/);
  for (const days of [30, -30]) await jump(days);
  assert.equal(await discover.metric("tsmon_discover_held_back_targets"), 3);
  await tailscaled.stop();
  await discover.says(/ warn Cannot read LocalAPI /);
  set(365);
  assert.deepEqual(await discover.names(), all);
});
