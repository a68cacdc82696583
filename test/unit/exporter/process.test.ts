import assert from "node:assert/strict";
import { closeSync, openSync } from "node:fs";
import process from "node:process";
import { describe, test } from "node:test";
import { parseProcessStat, processCollector } from "../../../src/exporter/process.ts";

describe("processCollector", { skip: process.platform !== "linux" }, () => {
  const reading = async (name: string) => {
    const samples = await processCollector.collect(undefined);
    return samples.find(({ metric }) => metric.name === name)?.value ?? Number.NaN;
  };

  test("counts the open files of this process", async () => {
    const before = await reading("process_open_fds");
    const opened = Array.from({ length: 7 }, () => openSync("/dev/null", "r"));
    const during = await reading("process_open_fds");
    for (const fd of opened) closeSync(fd);
    assert.equal(during - before, opened.length);
  });

  test("tells when this process started, in Unix time", async () => {
    const aliveSeconds = Date.now() / 1000 - (await reading("process_start_time_seconds"));
    assert.ok(aliveSeconds > -1 && aliveSeconds < 3600, `started ${aliveSeconds} s ago`);
  });
});

test("parseProcessStat() reads past a name with brackets and blanks", () => {
  const columns = ["S", ...Array.from({ length: 49 }, (_, i) => `${i}`)];
  assert.deepEqual(parseProcessStat(`7 (a) b (c)) ${columns.join(" ")}`), {
    cpuSeconds: 0.21,
    startTicks: 18,
    virtualBytes: 19,
  });
});
