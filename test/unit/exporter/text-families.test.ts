import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { parseFamilies } from "../../../src/exporter/text-families.ts";

const series = (text: string) =>
  parseFamilies(text).flatMap(({ name, samples }) =>
    samples.map(({ suffix = "", labels, value }) => `${name}${suffix}${labels} ${value}`),
  );

describe("parseFamilies()", () => {
  test("keeps type and HELP, whichever comes first, and tells a HELP that is missing", () => {
    const text = '# TYPE a COUNTER\n# HELP a Say \\\\, \\" and \\n.\na 1\n# HELP b\n# HELP b \nb 2\n';
    const [a, b] = parseFamilies(text);
    assert.deepEqual([a?.type, a?.help], ["counter", 'Say \\, " and \n.']);
    assert.deepEqual([b?.type, b?.help], ["unknown", undefined]);
  });

  for (const [name, text, want] of [
    ["takes nothing for nothing", "", []],
    ["passes over blank lines and comments", "\n \t\n# a comment\n#\n#HELPING a b\n   # TYPE\n", []],
    ["leaves out a family without samples", "# TYPE a gauge\n# HELP b Text.\n", []],
    ["reads blanks wherever they may be", ' \ta \t{ b = "c" , } \t1\n', ['a{b="c"} 1']],
    [
      "gives each series of a family the labels of all",
      'a{x="1"} 1\na{y="2"} 2\na 3\n',
      ['a{x="1",y=""} 1', 'a{x="",y="2"} 2', 'a{x="",y=""} 3'],
    ],
    [
      "puts a histogram in order and adds what it lacks",
      '# TYPE h histogram\nh_bucket{le="5",a="b"} 2\nh_bucket{le="1.0",a="b"} 1\nh_count{a="b"} 3\n',
      ['h_bucket{a="b",le="1"} 1', 'h_bucket{a="b",le="5"} 2', 'h_bucket{a="b",le="+Inf"} 3', 'h_sum{a="b"} 0'].concat(
        'h_count{a="b"} 3',
      ),
    ],
    [
      "puts a summary in order, with whole counts",
      '# TYPE s summary\ns_count 3.5\ns{quantile="0.9"} 7\ns{quantile="0.50"} 5\ns_sum 9\n',
      ['s{quantile="0.5"} 5', 's{quantile="0.9"} 7', "s_sum 9", "s_count 3"],
    ],
    [
      "takes the last of two buckets with one bound",
      '# TYPE h histogram\nh_bucket{le="1"} 1\nh_bucket{le="1.0"} 2\n',
      ['h_bucket{le="1"} 2', 'h_bucket{le="+Inf"} 0', "h_sum 0", "h_count 0"],
    ],
    [
      "keeps names of series that have a family of their own",
      "# TYPE s summary\n# TYPE x_sum gauge\nx_sum 1\n",
      ["x_sum 1"],
    ],
    ["keeps a series that exists twice, for others to judge", "a 1\na 2\n", ["a 1", "a 2"]],
  ] as const satisfies readonly (readonly [string, string, readonly string[]])[]) {
    test(name, () => assert.deepEqual(series(text), want));
  }

  for (const [name, text, want] of [
    ["a line that is cut off", "a 1\nb 2", /line 2: unexpected end after "b 2"/],
    ["a comment that is cut off", "a 1\n# HELP b Te", /line 2: unexpected end/],
    ["a timestamp", "a 1 1441205977284\n", /line 1: timestamps are not supported/],
    ["a second HELP", "# HELP a A.\n# HELP a A.\n", /line 2: second HELP of a/],
    ["a second TYPE", "# TYPE a gauge\n# TYPE a gauge\n", /line 2: second TYPE of a/],
    ["a TYPE after samples", "a 1\n# TYPE a gauge\n", /line 2: second TYPE of a, or TYPE after its samples/],
    ["a TYPE for part of a summary", "# TYPE a summary\n# TYPE a_sum gauge\n", /line 2: second TYPE of a/],
    ["an unknown type", "# TYPE a constructor\n", /line 1: unknown type "constructor"/],
    ["blanks after a type", "# TYPE a gauge \n", /line 1: unknown type "gauge "/],
    ["a name that is none in a comment", "# TYPE 1a gauge\n", /line 1: bad metric name/],
    ["a bad escape in HELP", "# HELP a \\x\n", /line 1: bad escape "\\\\x"/],
    ["a backslash at the end of HELP", "# HELP a \\\n", /line 1: bad escape/],
    ["a bad escape in a label", 'a{b="\\x"} 1\n', /line 1: bad escape/],
    ["blanks after a value", "a 1 \n", /line 1: blanks after "a 1"/],
    ["lines that end in CR LF", "a 1\r\n", /line 1: blanks after "a 1"/],
    ["a reserved label", 'a{__name__="b"} 1\n', /line 1: label __name__ is reserved/],
    ["a bound that is no number", '# TYPE h histogram\nh_bucket{le="x"} 1\n', /line 2: label le is no number: "x"/],
    ["a negative count", '# TYPE h histogram\nh_bucket{le="1"} -1\n', /line 2: negative count -1/],
    ["a number that is too large", "a 1e999\n", /line 1: found "a 1e999"/],
    ["a byte order mark", "\uFEFFa 1\n", /line 1/],
    ["a page of HTML", "<html>\n", /line 1/],
  ] as const) {
    test(`refuses ${name}`, () => assert.throws(() => parseFamilies(text), want));
  }

  test("takes time in proportion to a hostile text's length", () => {
    const labels = Array.from({ length: 20_000 }, (_, i) => `l${i}="v"`).join(",");
    assert.equal(series(`a{${labels}} 1\n`).length, 1);
    for (const text of [
      `${" ".repeat(1_000_000)}x`,
      `#${" ".repeat(1_000_000)}x`,
      `# HELP${" ".repeat(1_000_000)}-\n`,
      `# HELP a${" ".repeat(1_000_000)}\\\n`,
      `a 1${" ".repeat(1_000_000)}x\n`,
      `a{b="${"\\x".repeat(500_000)}"} 1\n`,
    ]) {
      assert.throws(() => parseFamilies(`${text}\na 1\n-`), SyntaxError);
    }
  });
});
