import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { closeSync, openSync, rmSync, writeFileSync } from "node:fs";
import { describe, test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { DeviceProbe } from "../../../../../src/exporter/collectors/host/device-probe.ts";
import { hwmon, hwmonSettings } from "../../../../../src/exporter/collectors/host/hwmon.ts";
import { nvme } from "../../../../../src/exporter/collectors/host/nvme.ts";
import { seriesOf, settingsOf } from "./fixture-source.ts";
import { hostTrees, under } from "./host-tree.ts";

const host = hostTrees();
const never = new AbortController().signal;

/** Puts a file in place of which a look waits, as on a drive that is about to fail, and returns what makes it answer. */
function hang(path: string): () => void {
  rmSync(path, { force: true });
  execFileSync("mkfifo", [path]);
  const writer = openSync(path, "r+");
  return () => {
    writeFileSync(writer, "1\n");
    closeSync(writer);
    rmSync(path);
    writeFileSync(path, "1\n");
  };
}

describe("DeviceProbe.answering()", () => {
  test("takes an error for an answer", async () => {
    const paths = ["/nonexistent", "/proc/self/stat", "/"];
    assert.deepEqual([...(await new DeviceProbe(60_000).answering(paths, never))].sort(), [...paths].sort());
  });

  test("gives up on what is late, and asks again once it has answered", { timeout: 60_000 }, async () => {
    const { sysfs } = host({ files: { "sys/late": "1", "sys/fast": "1" } }).paths;
    const [late, fast] = [`${sysfs}/late`, `${sysfs}/fast`];
    const answer = hang(late);
    const probe = new DeviceProbe(1000);
    // More than once, for other tests' reads may have the runtime's threads for a while.
    let answered = await probe.answering([late, fast], never);
    for (; answered.size === 0; answered = await probe.answering([late, fast], never)) await setImmediate();
    assert.deepEqual([...answered], [fast]);
    assert.deepEqual([...(await probe.answering([late], never))], []);
    answer();
    while (!(await probe.answering([late], never)).has(late)) await setImmediate();
  });

  test("gives up when the scrape's time is up", async () => {
    const { sysfs } = host({ files: { "sys/late": "1" } }).paths;
    const answer = hang(`${sysfs}/late`);
    const found = await new DeviceProbe(60_000).answering([`${sysfs}/late`], AbortSignal.timeout(20));
    assert.equal(found.size, 0);
    assert.equal((await new DeviceProbe(60_000).answering([`${sysfs}/late`], AbortSignal.abort())).size, 0);
    answer();
  });
});

describe("a drive that does not answer", () => {
  test("is absent in hwmon()", { timeout: 60_000 }, async () => {
    const files = {
      ...under("sys/class/hwmon/hwmon0", { name: "drivetemp\n", temp1_input: "30000\n" }),
      ...under("sys/class/hwmon/hwmon1", { name: "nvme\n", temp1_input: "40000\n", temp1_max: "80000\n" }),
      ...under("sys/class/hwmon/hwmon2", { name: "k10temp\n", temp1_input: "50000\n" }),
    };
    const source = host({ files });
    const answer = hang(`${source.paths.sysfs}/class/hwmon/hwmon0/temp1_input`);
    const collector = hwmon(settingsOf(hwmonSettings));
    const scrape = () => seriesOf(collector, { ...source, signal: AbortSignal.timeout(10_000) });
    let series = await scrape();
    // Other tests' reads may have the runtime's threads for a while.
    for (; !series.some((line) => line.includes('chip="nvme"')); series = await scrape()) await setImmediate();
    answer();
    assert.deepEqual(
      series.filter((line) => line.includes("celsius")),
      [
        'node_hwmon_temp_celsius{chip="nvme",sensor="temp1"} 40',
        'node_hwmon_temp_max_celsius{chip="nvme",sensor="temp1"} 80',
        'node_hwmon_temp_celsius{chip="k10temp",sensor="temp1"} 50',
      ],
    );
  });

  test("does not tell nvme() what is used of it", async () => {
    const folder = "sys/class/nvme/nvme0";
    const files = {
      ...under(folder, { firmware_rev: "1", model: "2", serial: "3", state: "live", cntlid: "4" }),
      ...under(folder, { "nvme0n1/size": "8", "nvme0n1/nuse": "4", "nvme0n1/queue/logical_block_size": "512" }),
    };
    const source = host({ files });
    const answer = hang(`${source.paths.sysfs}/class/nvme/nvme0/nvme0n1/nuse`);
    const series = await seriesOf(nvme(), { ...source, signal: AbortSignal.timeout(10_000) });
    answer();
    assert.ok(series.length === 5 && !series.some((line) => line.includes("used")));
  });
});
