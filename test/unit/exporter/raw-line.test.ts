import assert from "node:assert/strict";
import { test } from "node:test";
import { addLabel } from "../../../src/exporter/raw-line.ts";

const label = (line: string, format: "text" | "openmetrics") => addLabel(line, "exporter", "app", format).line;

for (const [line, want] of [
  ["up 1", 'up{exporter="app"} 1'],
  ["up{} 1", 'up{exporter="app"} 1'],
  ['up{a="b"} 1', 'up{exporter="app",a="b"} 1'],
  ['up{a="b",} 1', 'up{exporter="app",a="b"} 1'],
  ['up { a = "b" , c="d" }  1  1700000000000 ', 'up{exporter="app",a="b",c="d"}  1  1700000000000 '],
  ['up{a="}\\"{,\\\\"} NaN', 'up{exporter="app",a="}\\"{,\\\\"} NaN'],
  ['up{a="\\n # x"} +Inf -5', 'up{exporter="app",a="\\n # x"} +Inf -5'],
  ['up{exporter="x",a="b"} 1e-3', 'up{exporter="app",a="b",exported_exporter="x"} 1e-3'],
  [
    'up{exporter="x",exported_exporter="y"} 1',
    'up{exporter="app",exported_exporter="y",exported_exported_exporter="x"} 1',
  ],
  ['a:b_c{le="+Inf"} .5', 'a:b_c{exporter="app",le="+Inf"} .5'],
  ['up{a="é€𝄞"} 1', 'up{exporter="app",a="é€𝄞"} 1'],
] as const) {
  test(`addLabel(${JSON.stringify(line)}) in the text format`, () => assert.equal(label(line, "text"), want));
}

for (const [line, want] of [
  ["a_total 1.0 1.5e9", 'a_total{exporter="app"} 1.0 1.5e9'],
  [
    'a_bucket{le="1.0"} 7 # {trace_id="a\\"} b"} 0.6 1700000000.5',
    'a_bucket{exporter="app",le="1.0"} 7 # {trace_id="a\\"} b"} 0.6 1700000000.5',
  ],
  ['a{b="\\r"} 1', 'a{exporter="app",b="\\r"} 1'],
  ["a_bucket 7 1.5 # {} 1", 'a_bucket{exporter="app"} 7 1.5 # {} 1'],
] as const) {
  test(`addLabel(${JSON.stringify(line)}) in OpenMetrics`, () => assert.equal(label(line, "openmetrics"), want));
}

for (const line of [
  "",
  "1up 1",
  "up",
  "up one",
  "up 1 2 3",
  "up 1 1.5",
  "up{a} 1",
  "up{a=b} 1",
  'up{a="b} 1',
  'up{a="b" c="d"} 1',
  'up{a="b"',
  'up{a="b",a="c"} 1',
  'up{"quoted.name"} 1',
  'up{a="\\r"} 1',
  '{"quoted.name",a="b"} 1',
  'up{1a="b"} 1',
  'up{__name__="b"} 1',
  "up 1 99999999999999999999999",
  "up 0x10",
  "up 1 # {} 1",
  "<html>",
]) {
  test(`addLabel(${JSON.stringify(line)}) refuses`, () => {
    assert.throws(() => addLabel(line, "exporter", "app", "text"), SyntaxError);
  });
}

for (const line of ["up  1", "up 1 2 # {}", 'up 1 # {a="b"}', "up 1 # 1", "up 1 # {a=b} 1", 'up{a="b",} 1 ', "up\t1"]) {
  test(`addLabel(${JSON.stringify(line)}) refuses in OpenMetrics`, () => {
    assert.throws(() => addLabel(line, "exporter", "app", "openmetrics"), SyntaxError);
  });
}

test("addLabel() takes time in proportion to a hostile line", () => {
  const length = 1_000_000;
  for (const line of [
    `up{${'a="b",'.repeat(length / 6)}`,
    `up{a="${"\\".repeat(length)}`,
    `up${" ".repeat(length)}`,
    `up{${" ".repeat(length)}`,
    `up 1 # {${'"a"'.repeat(length / 3)}`,
    `up ${"1".repeat(length)}x`,
  ]) {
    for (const format of ["text", "openmetrics"] as const) assert.throws(() => label(line, format), SyntaxError);
  }
});
