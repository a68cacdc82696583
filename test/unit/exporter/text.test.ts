import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { addSamples, type Families } from "../../../src/exporter/gather.ts";
import { render } from "../../../src/exporter/render.ts";
import { parseText } from "../../../src/exporter/text.ts";

const plain = (text: string) =>
  parseText(text).map(({ metric, suffix = "", labels, value }) => [metric.name + suffix + labels, metric.type, value]);

describe("parseText()", () => {
  test("keeps type and HELP, whichever comes first", () => {
    const [sample] = parseText("# TYPE a counter\n# HELP a Say \\\\ and \\n.\na 1\n");
    assert.deepEqual([sample?.metric.type, sample?.metric.help], ["counter", "Say \\ and \n."]);
  });

  for (const [name, text, want] of [
    ["takes a family without TYPE as unknown", "a 1\n", [["a", "unknown", 1]]],
    [
      "sorts labels and escapes them anew",
      'a{z="1",b="x\\"\\\\\\n}",} 2\n',
      [['a{b="x\\"\\\\\\n}",z="1"}', "unknown", 2]],
    ],
    ["drops timestamps", "a 1 1395066363000\n", [["a", "unknown", 1]]],
    [
      "reads NaN and infinities",
      "a NaN\nb +Inf\nc -Inf\n",
      [
        ["a", "unknown", Number.NaN],
        ["b", "unknown", Infinity],
        ["c", "unknown", -Infinity],
      ],
    ],
    ["reads Go's exponents", "a 1e+06\n", [["a", "unknown", 1e6]]],
    [
      "keeps the series of a histogram in its family",
      '# TYPE h histogram\nh_bucket{le="+Inf"} 2\nh_sum 3\nh_count 2\n',
      [
        ['h_bucket{le="+Inf"}', "histogram", 2],
        ["h_sum", "histogram", 3],
        ["h_count", "histogram", 2],
      ],
    ],
    ["leaves a _sum alone that has no histogram", "x_sum 3\n", [["x_sum", "unknown", 3]]],
    [
      "keeps the quantiles of a summary in its family",
      '# TYPE s summary\ns{quantile="1"} 2\ns_sum 3\n',
      [
        ['s{quantile="1"}', "summary", 2],
        ["s_sum", "summary", 3],
      ],
    ],
    [
      "takes TYPE's word for a kind only if it is one",
      "# TYPE a constructor\n# TYPE b __proto__\na 1\nb 1\n",
      [
        ["a", "unknown", 1],
        ["b", "unknown", 1],
      ],
    ],
    ["reads lines that end in CR LF", "# TYPE a counter\r\na 1\r\n", [["a", "counter", 1]]],
    ["takes blanks between braces for no label", "a{ } 1\n", [["a", "unknown", 1]]],
    ["keeps a line separator in a label", 'a{b="x\u2028y"} 1\n', [['a{b="x\u2028y"}', "unknown", 1]]],
    ["takes nothing for nothing", "\n\n# a comment\n", []],
  ] as const) {
    test(name, () => assert.deepEqual(plain(text), want));
  }

  for (const [name, text, want] of [
    ["a line without a value", "a\n", /line 1: found "a"/],
    ["a value that is no number", "ok 1\na twelve\n", /line 2/],
    ["a label without quotes", "a{b=c} 1\n", /line 1: bad label at "b=c"/],
    ["a page of HTML", "<html>\n<body>\n", /line 1/],
    ["two values", "a 1 2 3\n", /line 1/],
    ["a value that is stuck to its name", "foo-1\n", /line 1: found "foo-1"/],
    ["a label that exists twice", 'ok 1\na{b="1",c="2",b="3"} 1\n', /line 2: label b exists twice/],
    ["a brace too many", 'a{b="1"}} 1\n', /line 1: bad label/],
    ["a hexadecimal number", "a 0x10\n", /line 1/],
    ["a label that names the metric", 'a{__name__="b"} 1\n', /line 1: label __name__ is reserved/],
    ["a time that nobody reads", "a 1 99999999999999999999999\n", /line 1/],
  ] as const) {
    test(`refuses ${name}`, () => assert.throws(() => parseText(text), want));
  }

  test("takes time in proportion to a hostile line's length", () => {
    for (const line of [
      `a{${"{".repeat(100_000)}`,
      `a{${'b="c",'.repeat(20_000)}`,
      `a${" ".repeat(100_000)}x y`,
      `a{b="${"\\".repeat(100_001)}"} 1`,
      `a{b="1"${" ".repeat(1_000_000)}x} 1`,
      `a{${"b".repeat(1_000_000)}} 1`,
      `${"a".repeat(1_000_000)}-`,
      `a ${"1".repeat(1_000_000)}x`,
      `a 1 ${"1".repeat(1_000_000)}x`,
    ]) {
      assert.throws(() => parseText(line), SyntaxError);
    }
  });

  test("takes a label value as long as an answer may be", () => {
    const value = "x".repeat(4_000_000);
    assert.equal(parseText(`a{b="${value}"} 1`)[0]?.labels.length, value.length + 6);
  });

  test("gives back tailscaled's own metrics as they were", () => {
    const text = readFileSync(new URL("../../fixtures/localapi/1.102.3/usermetrics.txt", import.meta.url), "utf8");
    const families: Families = new Map();
    assert.deepEqual(addSamples(families, parseText(text)), []);
    const series = (exposition: string) =>
      exposition
        .split("\n")
        .filter((line) => line && !line.startsWith("#"))
        .sort();
    assert.deepEqual(series(new TextDecoder().decode(render(families, "text"))), series(text));
  });
});
