import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { test } from "node:test";
import { counter, gauge, Metric } from "../../../src/exporter/metric.ts";
import type { Format } from "../../../src/exporter/render.ts";
import { TextWriter } from "../../../src/fleet/text-writer.ts";

const textOf = (writer: TextWriter, format: Format) => Buffer.concat(writer.pieces(format)).toString("utf8");

test("TextWriter sorts families, and keeps the order of a family's series over many pieces", () => {
  const writer = new TextWriter();
  const [late, early] = [gauge("b", "B."), counter("a_total", "A.", ["i"])];
  for (let index = 0; index < 10_000; index++) writer.add(early, `{i="${index}"}`, index);
  writer.add(late, "", 0.5);
  const lines = Array.from({ length: 10_000 }, (_, index) => `a_total{i="${index}"} ${index}\n`).join("");
  assert.ok(writer.pieces("text").length > 5);
  assert.equal(
    textOf(writer, "text"),
    `# HELP a_total A.\n# TYPE a_total counter\n${lines}# HELP b B.\n# TYPE b gauge\nb 0.5\n`,
  );
  assert.equal(
    textOf(writer, "openmetrics"),
    `# HELP a A.\n# TYPE a counter\n${lines}# HELP b B.\n# TYPE b gauge\nb 0.5\n# EOF\n`,
  );
});

test("TextWriter writes bounds of histograms as each format wants them", () => {
  const writer = new TextWriter();
  const histogram = new Metric("histogram", "h", "H.");
  writer.add(histogram, '{le="1"}', 2, "_bucket");
  writer.add(histogram, '{le="+Inf"}', 3, "_bucket");
  assert.match(textOf(writer, "text"), /^h_bucket\{le="1"\} 2\nh_bucket\{le="\+Inf"\} 3$/m);
  assert.match(textOf(writer, "openmetrics"), /^h_bucket\{le="1\.0"\} 2\nh_bucket\{le="\+Inf"\} 3$/m);
});

test("TextWriter leaves out a series of another type than its family's", () => {
  const writer = new TextWriter();
  writer.add(gauge("a", "A."), "", 1);
  writer.add(counter("a", "Other."), "", 2);
  assert.equal(textOf(writer, "text"), "# HELP a A.\n# TYPE a gauge\na 1\n");
});
