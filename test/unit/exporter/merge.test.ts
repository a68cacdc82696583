import assert from "node:assert/strict";
import { test } from "node:test";
import { addSamples, type Families } from "../../../src/exporter/gather.ts";
import { mergeFamilies, type RawFamilies } from "../../../src/exporter/merge.ts";
import { counter, gauge } from "../../../src/exporter/metric.ts";
import { parseRawFamilies } from "../../../src/exporter/raw-families.ts";
import { type Format, render } from "../../../src/exporter/render.ts";
import { parseText } from "../../../src/exporter/text.ts";
import { random } from "../../random.ts";

const CPU = counter("process_cpu_seconds_total", "CPU time.");
const LOAD = gauge("node_load1", "Load.");

/** Our own families with those of exporters, as text, and what was left out. */
function merge(format: Format, exporters: Readonly<Record<string, string>>) {
  const own: Families = new Map();
  addSamples(own, [CPU.sample(1.5), LOAD.sample(0.25)]);
  const merged: RawFamilies = new Map();
  const problems = Object.entries(exporters).flatMap(([name, text]) =>
    mergeFamilies(merged, own, parseRawFamilies(text, format, name), format),
  );
  return { text: new TextDecoder().decode(render(own, format, merged)), problems };
}

test("mergeFamilies() has HELP and TYPE once, and the lines of each exporter together", () => {
  const a =
    '# HELP process_cpu_seconds_total Other words.\n# TYPE process_cpu_seconds_total counter\nprocess_cpu_seconds_total 2\n# TYPE x gauge\nx{b="1"} NaN\n';
  const b = 'x{b="1"} 7\n# random comment\n\nzz 1 1700000000000\n';
  const { text, problems } = merge("text", { a, b: `# TYPE x gauge\n${b}` });
  assert.deepEqual(problems, []);
  assert.equal(
    text,
    `# HELP node_load1 Load.
# TYPE node_load1 gauge
node_load1 0.25
# HELP process_cpu_seconds_total CPU time.
# TYPE process_cpu_seconds_total counter
process_cpu_seconds_total 1.5
process_cpu_seconds_total{exporter="a"} 2
# TYPE x gauge
x{exporter="a",b="1"} NaN
x{exporter="b",b="1"} 7
# TYPE zz untyped
zz{exporter="b"} 1 1700000000000
`,
  );
});

test("mergeFamilies() leaves out a HELP that not every parser takes", () => {
  const { text, problems } = merge("text", { a: '# HELP x A \\"b\\".\nx 1\n# HELP y A \\\\ and \\n.\ny 1\n' });
  assert.deepEqual(problems, []);
  assert.match(text, /^# HELP y A \\\\ and \\n\.\n# TYPE y untyped$/m);
  assert.match(text, /^[^#].*\n# TYPE x untyped\n/m);
});

test("mergeFamilies() keeps the points of a series at several times", () => {
  const { text, problems } = merge("text", { a: "x 1 1000\nx 2 2000\n" });
  assert.deepEqual(problems, []);
  assert.ok(text.includes('x{exporter="a"} 1 1000\nx{exporter="a"} 2 2000\n'), text);
});

test("mergeFamilies() keeps exemplars, units and OpenMetrics' own types", () => {
  const exposition = `# TYPE process_cpu_seconds counter
# UNIT process_cpu_seconds seconds
process_cpu_seconds_total 2.0 # {trace_id="x"} 1.0
process_cpu_seconds_created 1.7e9
# TYPE h histogram
# HELP h Help with \\" and \\n.
h_bucket{le="1.0"} 1 # {trace_id="y"} 0.5 1.7e9
h_bucket{le="+Inf"} 1
h_sum 0.5
h_count 1
# TYPE s stateset
s{s="on"} 1
# TYPE i info
i_info{v="1"} 1
# TYPE q gaugehistogram
q_bucket{le="+Inf"} 1
q_gcount 1
q_gsum 2
# EOF
`;
  const { text, problems } = merge("openmetrics", { a: exposition });
  assert.deepEqual(problems, []);
  assert.match(
    text,
    /# TYPE process_cpu_seconds counter\nprocess_cpu_seconds_total 1\.5\nprocess_cpu_seconds_total\{exporter="a"\} 2\.0 # \{trace_id="x"\} 1\.0\n/,
  );
  assert.match(text, /h_bucket\{exporter="a",le="1\.0"\} 1 # \{trace_id="y"\} 0\.5 1\.7e9\n/);
  assert.match(text, /# HELP h Help with \\" and \\n\.\n# TYPE h histogram\n/);
  assert.equal(text.match(/# EOF/g)?.length, 1);
  assert.ok(text.endsWith("\n# EOF\n"));
});

for (const [name, format, exporters, problem, kept] of [
  [
    "another type than ours",
    "text",
    { a: "# TYPE node_load1 counter\nnode_load1 1\nok 1\n" },
    "family node_load1: is a counter here and a gauge elsewhere",
    'ok{exporter="a"} 1',
  ],
  [
    "no type where ours has one",
    "text",
    { a: "node_load1 1\nok 1\n" },
    "family node_load1: is a untyped here and a gauge elsewhere",
    'ok{exporter="a"} 1',
  ],
  [
    "another type than an earlier exporter's",
    "text",
    { a: "# TYPE x gauge\nx 1\n", b: "# TYPE x counter\nx 2\n" },
    "family x: is a counter here and a gauge elsewhere",
    'x{exporter="a"} 1',
  ],
  [
    "a series of another family's name",
    "text",
    { a: '# TYPE h histogram\nh_bucket{le="+Inf"} 1\nh_sum 1\nh_count 1\n', b: "# TYPE h_count gauge\nh_count 3\n" },
    "family h_count: series h_count belongs to h elsewhere",
    'h_count{exporter="a"} 1',
  ],
  [
    "a series twice, its labels in another order",
    "text",
    { a: '# TYPE x gauge\nx{a="1",b="2"} 1\nx{b="2",a="1"} 2\nok 1\n' },
    'family x: series x{exporter="a",a="1",b="2"} exists twice',
    'ok{exporter="a"} 1',
  ],
  [
    "a series that the added label makes another",
    "openmetrics",
    { a: '# TYPE x gauge\nx{exporter="1"} 1\nx{exported_exporter="1"} 2\n# TYPE ok gauge\nok 1\n# EOF\n' },
    'family x: series x{exporter="a",exported_exporter="1"} exists twice',
    'ok{exporter="a"} 1',
  ],
  [
    "another unit",
    "openmetrics",
    {
      a: "# TYPE x_seconds gauge\n# UNIT x_seconds seconds\nx_seconds 1\n# EOF\n",
      b: "# TYPE x_seconds gauge\nx_seconds 2\n# EOF\n",
    },
    "family x_seconds: has the unit undefined here and seconds elsewhere",
    'x_seconds{exporter="a"} 1',
  ],
  [
    "the name of our counter's series",
    "openmetrics",
    { a: "# TYPE process_cpu_seconds_total gauge\nprocess_cpu_seconds_total 1\n# EOF\n" },
    "family process_cpu_seconds_total: series process_cpu_seconds_total belongs to process_cpu_seconds elsewhere",
    "process_cpu_seconds_total 1.5",
  ],
] as const) {
  test(`mergeFamilies() leaves out a family with ${name}`, () => {
    const { text, problems } = merge(format, exporters);
    assert.deepEqual(problems, [problem]);
    assert.ok(text.includes(`${kept}\n`), text);
  });
}

for (const [text, problem] of [
  ["up 1\nup", /line 2: no value/],
  ["# TYPE x gauge\nx 1\n# TYPE x counter\nx 2\n", /line 3: type after samples/],
  ["# TYPE x thing\n", /line 1: unknown type/],
  ["# TYPE x __proto__\n", /line 1: unknown type/],
  ['# TYPE h histogram\nh{le="1"} 1\n', /line 2: h is no series of a histogram/],
  ['# TYPE h histogram\nh_bucket{a=",",le="x"} 1\n', /line 2: le is no number/],
  ['# TYPE s summary\ns{quantile=""} 1\n', /line 2: quantile is no number/],
] as const) {
  test(`parseRawFamilies(${JSON.stringify(text)}) refuses`, () => {
    assert.throws(() => parseRawFamilies(text, "text", "a"), problem);
  });
}

for (const [text, problem] of [
  ["up 1\n", /no # EOF/],
  ["", /no # EOF/],
  ["# TYPE x counter\nx 1\n# EOF\n", /x is no series of a counter/],
  ["# EOF\nup 1\n# EOF\nmore", /no # EOF/],
] as const) {
  test(`parseRawFamilies(${JSON.stringify(text)}) refuses in OpenMetrics`, () => {
    assert.throws(() => parseRawFamilies(text, "openmetrics", "a"), problem);
  });
}

test("a merged page of random expositions is one that parses, with every series there once", () => {
  const next = random(7);
  const pick = <Item>(items: readonly Item[]) => items[Math.floor(next() * items.length)]!;
  const value = () => pick(["a", '\\"', "\\\\", "\\n", "{", "}", ",", "=", "#", " ", "é", "𝄞", '"}'.slice(1)]);
  for (let round = 0; round < 300; round++) {
    const exporters: Record<string, string> = {};
    for (const exporter of ["a", "b", "c"]) {
      const lines = new Set<string>();
      for (let family = 0; family < 4; family++) {
        const name = pick(["x", "y_total", "node_load1", "z:z"]);
        if (next() < 0.7) lines.add(`# TYPE ${name} ${pick(["gauge", "untyped"])}`);
        for (let series = 0; series < 3; series++) {
          const text = Array.from({ length: Math.floor(next() * 6) }, value).join("");
          const block = pick(["", `{l="${text}"}`, `{l="${text}",exporter="me",}`, `{ l = "${text}" }`]);
          lines.add(`${name}${block} ${pick(["1", "NaN", "+Inf", "-Inf", "1e300", "-0.5 1700000000000"])}`);
        }
      }
      exporters[exporter] = `${[...lines].join("\n")}\n`;
    }
    try {
      const { text } = merge("text", exporters);
      const samples = parseText(text);
      assert.equal(text.match(/^# TYPE (\S+)/gm)?.length, new Set(text.match(/^# TYPE (\S+)/gm)).size);
      assert.equal(samples.length, text.split("\n").filter((line) => line !== "" && !line.startsWith("#")).length);
      const times = text
        .split("\n")
        .flatMap((line) => (/^(?:#|$)/.test(line) ? [] : [line.endsWith(" 1700000000000")]));
      const points = samples.map(
        ({ metric, suffix = "", labels }, i) => `${metric.name}${suffix}${labels} ${times[i]}`,
      );
      assert.equal(new Set(points).size, points.length);
      const foreign = samples.filter(({ labels }) => labels !== "");
      assert.ok(foreign.every(({ labels }) => /[{,]exporter="[abc]"/.test(labels)));
    } catch (error) {
      // A type that comes after samples is the only way in which these can be wrong.
      assert.match((error as Error).message, /type after samples/);
    }
  }
});

test("parseRawFamilies() throws nothing but SyntaxError whatever the bytes", () => {
  const next = random(11);
  const seed =
    '# TYPE h histogram\nh_bucket{le="1"} 1 # {a="b"} 1\nh_sum 2\n# HELP x y\nx{a="\\"b",c="d"} NaN 5\n# EOF\n';
  for (let round = 0; round < 3000; round++) {
    const bytes = [...seed];
    for (let change = 0; change < 1 + next() * 5; change++) {
      const at = Math.floor(next() * bytes.length);
      const piece = ['"', "\\", "{", "}", "\n", " ", "#", ",", "", "\0", "𝄞", "1"][Math.floor(next() * 12)]!;
      bytes.splice(at, Math.floor(next() * 3), piece);
    }
    for (const format of ["text", "openmetrics"] as const) {
      try {
        parseRawFamilies(bytes.join(""), format, "a");
      } catch (error) {
        assert.ok(error instanceof SyntaxError, String(error));
      }
    }
  }
});
