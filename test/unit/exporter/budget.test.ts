import assert from "node:assert/strict";
import { test } from "node:test";
import { scrapeBudgetSeconds } from "../../../src/exporter/budget.ts";

for (const [name, header, want] of [
  ["takes the ceiling less half a second without a header", undefined, 9.5],
  ["takes Prometheus's timeout less half a second", "5", 4.5],
  ["is not raised above the ceiling", "60", 9.5],
  ["leaves half of a timeout below a second", "0.3", 0.15],
  ["leaves half a second of one second", "1", 0.5],
  ["ignores 0", "0", 9.5],
  ["ignores a negative number", "-3", 9.5],
  ["ignores garbage", "soon", 9.5],
  ["ignores an empty header", "  ", 9.5],
  ["takes a number with blanks around", " 5 ", 4.5],
] as const) {
  test(`scrapeBudgetSeconds() ${name}`, () => assert.equal(scrapeBudgetSeconds(header, 10), want));
}
