import assert from "node:assert/strict";
import { test } from "node:test";
import { gauge, labelBlock } from "../../../src/exporter/metric.ts";

test("Metric.labels() sorts names and escapes backslash, line feed and quote", () => {
  const metric = gauge("m", "M.", ["b", "a"]);
  assert.equal(metric.labels({ b: 'x"\n', a: "\\" }), '{a="\\\\",b="x\\"\\n"}');
});

test("Metric.sample() takes a label block of another metric with the same names", () => {
  const first = gauge("first", "F.", ["a"]);
  const second = gauge("second", "S.", ["a"]);
  assert.equal(second.sample(1, first.labels({ a: "1" })).labels, '{a="1"}');
});

test("Metric.problem tells of names that the text format does not have", () => {
  assert.equal(gauge("m:1", "M.", ["a_1"]).problem, undefined);
  assert.equal(gauge("1st", "F.").problem, '"1st" is no name of a metric');
  assert.equal(gauge("m\n", "M.").problem, '"m\\n" is no name of a metric');
  assert.equal(gauge("m", "M.", ["a", "a-b"]).problem, '"a-b" is no name of a label');
});

test("labelBlock() of nothing is nothing", () => assert.equal(labelBlock([]), ""));
