import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { addSamples, type Families } from "../../../src/exporter/gather.ts";
import { counter, gauge } from "../../../src/exporter/metric.ts";

const LOAD = gauge("load", "Load.");
const BYTES = counter("bytes_total", "Bytes.", ["peer"]);

describe("addSamples()", () => {
  test("keeps families of several collectors, and series of one family from two", () => {
    const families: Families = new Map();
    assert.deepEqual(addSamples(families, [LOAD.sample(1), BYTES.sample(1, { peer: "a" })]), []);
    assert.deepEqual(addSamples(families, [BYTES.sample(2, { peer: "b" })]), []);
    assert.deepEqual([...families.keys()], ["load", "bytes_total"]);
    assert.equal(families.get("bytes_total")?.samples.length, 2);
  });

  for (const [name, samples, problem] of [
    [
      "a series that exists twice",
      [BYTES.sample(1, { peer: "a" }), BYTES.sample(2, { peer: "a" })],
      'family bytes_total: series bytes_total{peer="a"} exists twice',
    ],
    [
      "a family with two types",
      [gauge("x", "X.").sample(1), counter("x", "X.", ["a"]).sample(1, { a: "1" })],
      "family x: is both gauge and counter",
    ],
    [
      "a family without a proper name",
      [gauge("node_netstat_Tcp_In-Segs", "X.").sample(1)],
      'family node_netstat_Tcp_In-Segs: "node_netstat_Tcp_In-Segs" is no name of a metric',
    ],
    ["a negative counter", [BYTES.sample(-1, { peer: "a" })], "family bytes_total: counter with the value -1"],
    [
      "a counter that is no number",
      [BYTES.sample(Number.NaN, { peer: "a" })],
      "family bytes_total: counter with the value NaN",
    ],
  ] as const) {
    test(`leaves out ${name}, and only that family`, () => {
      const families: Families = new Map();
      assert.deepEqual(addSamples(families, [...samples, LOAD.sample(3)]), [problem]);
      assert.deepEqual([...families.keys()], ["load"]);
    });
  }

  test("leaves out what clashes with an earlier collector, whose family stays", () => {
    const families: Families = new Map();
    addSamples(families, [LOAD.sample(1)]);
    assert.deepEqual(addSamples(families, [counter("load", "L.").sample(2)]), [
      "family load: is a counter here and a gauge elsewhere",
    ]);
    assert.deepEqual(addSamples(families, [LOAD.sample(2)]), ["family load: series load exists twice"]);
    assert.deepEqual(
      families.get("load")?.samples.map(({ value }) => value),
      [1],
    );
  });
});

test("addSamples() adds any number of series to a family that is there", () => {
  const families: Families = new Map();
  addSamples(families, [BYTES.sample(1, { peer: "first" })]);
  const many = Array.from({ length: 200_000 }, (_, i) => BYTES.sample(1, { peer: `${i}` }));
  assert.deepEqual(addSamples(families, many), []);
  assert.equal(families.get("bytes_total")?.samples.length, 200_001);
});
