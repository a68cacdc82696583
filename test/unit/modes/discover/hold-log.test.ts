import assert from "node:assert/strict";
import { test } from "node:test";
import { createLog } from "../../../../src/log.ts";
import { HoldLog } from "../../../../src/modes/discover/hold-log.ts";

test("HoldLog tells once that something is held back, and whether it has come back or was dropped", () => {
  const lines: string[] = [];
  const holds = new HoldLog(createLog({ level: "info", format: "text" }, (line) => lines.push(line.slice(25).trim())));
  const told = (heldBack: number, dropped: number) => {
    holds.report("agents", "exporters", { heldBack, dropped });
    return lines.splice(0);
  };
  const vanished = "warn Many exporters vanished at once, and stay listed for --sd.shrink-guard subject=agents";
  const droppedNow = "warn Exporters that vanished were dropped after --sd.shrink-guard subject=agents exporters=";
  assert.deepEqual(told(0, 0), []);
  assert.deepEqual([told(3, 0), told(4, 0)], [[vanished], []]);
  assert.deepEqual(told(0, 0), ["info Works again subject=agents"]);
  assert.deepEqual(told(3, 0), [vanished]);
  assert.deepEqual([told(1, 2), told(1, 0), told(0, 1)], [[`${droppedNow}2`], [], [`${droppedNow}1`]]);
  assert.deepEqual(told(0, 0), []);
});
