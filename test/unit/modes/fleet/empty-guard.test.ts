import assert from "node:assert/strict";
import { test } from "node:test";
import { EmptyGuard } from "../../../../src/modes/fleet/empty-guard.ts";

const HOLD = 60;

/** Whether each of some lists, given by its moment and its length, is believed. */
function believed(...lists: readonly (readonly [seconds: number, length: number])[]): boolean[] {
  const guard = new EmptyGuard(HOLD);
  return lists.map(([seconds, length]) => {
    try {
      guard.admit(length, seconds);
      return true;
    } catch {
      return false;
    }
  });
}

for (const [name, lists, want] of [
  ["that never was full", [[0, 0]], [true]],
  [
    "that was full a moment ago",
    [
      [0, 3],
      [60, 0],
    ],
    [true, false],
  ],
  [
    "after a quick retry",
    [
      [0, 3],
      [60, 0],
      [62, 0],
      [119, 0],
    ],
    [true, false, false, false],
  ],
  [
    "that is so for the whole time",
    [
      [0, 3],
      [60, 0],
      [120, 0],
      [180, 0],
    ],
    [true, false, true, true],
  ],
  [
    "that was full in between",
    [
      [0, 3],
      [60, 0],
      [62, 1],
      [125, 0],
    ],
    [true, false, true, false],
  ],
  [
    "that came and went again",
    [
      [0, 3],
      [60, 0],
      [120, 0],
      [180, 2],
      [240, 0],
    ],
    [true, false, true, true, false],
  ],
] as const) {
  test(`EmptyGuard admits or doubts an empty list ${name}`, () => assert.deepEqual(believed(...lists), want));
}
