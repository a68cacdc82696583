import assert from "node:assert/strict";
import { test } from "node:test";
import { addSamples, type Families } from "../../../src/exporter/gather.ts";
import { counter, gauge, Metric, type Sample, unknown } from "../../../src/exporter/metric.ts";
import { type Format, render } from "../../../src/exporter/render.ts";

function familiesOf(samples: readonly Sample[]): Families {
  const families: Families = new Map();
  assert.deepEqual(addSamples(families, samples), []);
  return families;
}

const text = (families: Families, format: Format) => new TextDecoder().decode(render(families, format));

const HISTOGRAM = new Metric("histogram", "seconds", "Time.");
const SAMPLES = [
  gauge("temperature_celsius", 'Line one.\nA \\ and a "quote".', ["room"]).sample(-1.5, { room: 'a "b"\n\\' }),
  counter("requests_total", "Requests.").sample(1_500_000),
  counter("odd", "A counter without the suffix.").sample(2),
  unknown("vmstat", "Untyped.").sample(3),
  { metric: HISTOGRAM, suffix: "_bucket", labels: '{le="1"}', value: 1 },
  { metric: HISTOGRAM, suffix: "_bucket", labels: '{le="+Inf"}', value: 2 },
  { metric: HISTOGRAM, suffix: "_sum", labels: "", value: 1.5 },
  { metric: HISTOGRAM, suffix: "_count", labels: "", value: 2 },
];

test("render() writes the text format 0.0.4, families sorted", () => {
  assert.equal(
    text(familiesOf(SAMPLES), "text"),
    `# HELP odd A counter without the suffix.
# TYPE odd counter
odd 2
# HELP requests_total Requests.
# TYPE requests_total counter
requests_total 1.5e+06
# HELP seconds Time.
# TYPE seconds histogram
seconds_bucket{le="1"} 1
seconds_bucket{le="+Inf"} 2
seconds_sum 1.5
seconds_count 2
# HELP temperature_celsius Line one.\\nA \\\\ and a "quote".
# TYPE temperature_celsius gauge
temperature_celsius{room="a \\"b\\"\\n\\\\"} -1.5
# HELP vmstat Untyped.
# TYPE vmstat untyped
vmstat 3
`,
  );
});

test("render() writes OpenMetrics 1.0: counters without _total in the family, canonical le, # EOF", () => {
  assert.equal(
    text(familiesOf(SAMPLES), "openmetrics"),
    `# HELP odd A counter without the suffix.
# TYPE odd unknown
odd 2
# HELP requests Requests.
# TYPE requests counter
requests_total 1.5e+06
# HELP seconds Time.
# TYPE seconds histogram
seconds_bucket{le="1.0"} 1
seconds_bucket{le="+Inf"} 2
seconds_sum 1.5
seconds_count 2
# HELP temperature_celsius Line one.\\nA \\\\ and a \\"quote\\".
# TYPE temperature_celsius gauge
temperature_celsius{room="a \\"b\\"\\n\\\\"} -1.5
# HELP vmstat Untyped.
# TYPE vmstat unknown
vmstat 3
# EOF
`,
  );
});

test("render() of nothing is an empty text, and # EOF in OpenMetrics", () => {
  assert.deepEqual([text(new Map(), "text"), text(new Map(), "openmetrics")], ["", "# EOF\n"]);
});

test("render() writes every line of a long family, and UTF-8 with a replacement for half a surrogate pair", () => {
  const metric = gauge("long", "Long.", ["name"]);
  const samples = Array.from({ length: 5000 }, (_, i) => metric.sample(i, { name: `ü${i}\ud800€` }));
  const lines = text(familiesOf(samples), "text").split("\n");
  assert.equal(lines.length, 5003);
  assert.equal(lines[5001], 'long{name="ü4999\ufffd€"} 4999');
});

test("render() leaves labels alone whose names end like le", () => {
  const samples = [
    { metric: HISTOGRAM, suffix: "_bucket", labels: '{handle="5",le="1"}', value: 1 },
    { metric: HISTOGRAM, suffix: "_bucket", labels: '{handle="5",le="+Inf"}', value: 1 },
    { metric: HISTOGRAM, suffix: "_sum", labels: '{handle="abc"}', value: 1 },
  ];
  const lines = text(familiesOf(samples), "openmetrics").split("\n").slice(2, 5);
  assert.deepEqual(lines, [
    'seconds_bucket{handle="5",le="1.0"} 1',
    'seconds_bucket{handle="5",le="+Inf"} 1',
    'seconds_sum{handle="abc"} 1',
  ]);
});
