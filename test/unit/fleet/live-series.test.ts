import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { parseText } from "../../../src/exporter/text.ts";
import { LiveSeriesReader, TooManySeries } from "../../../src/fleet/live-series.ts";

const seen = (reader: LiveSeriesReader, text: string) => {
  const { series, values } = reader.read(text);
  return series.map(
    ({ metric, labels }, index) => `${metric.name}{${labels.map((pair) => pair.join("="))}} ${values[index]}`,
  );
};

test("read() keeps tailscaled's own families and no other", () => {
  const text = "tailscaled_a 1\nnode_load1 2\nup 0\ntailscale_device_online 1\n";
  assert.deepEqual(seen(new LiveSeriesReader(), text), ["tailscaled_a{} 1"]);
});

test("read() takes a total for a counter, whatever a device says, and no counter that is negative or no number", () => {
  const reader = new LiveSeriesReader();
  const text =
    '# TYPE tailscaled_a_total gauge\ntailscaled_a_total{x="1"} 5\ntailscaled_a_total{x="2"} -1\ntailscaled_a_total{x="3"} NaN\n';
  assert.deepEqual(seen(reader, text), ["tailscaled_a_total{x=1} 5"]);
  assert.equal(reader.read(text).series[0]!.metric.type, "counter");
});

test("read() takes a family's type from its name, and tailscaled's own descriptions, whoever answers first", () => {
  const reader = new LiveSeriesReader();
  for (const name of ["tailscaled_health_messages", "tailscaled_new", "tailscaled_inbound_bytes_total"]) {
    reader.read(`# TYPE ${name} histogram\n# HELP ${name} Rogue.\n${name}_bucket{le="+Inf"} 1\n${name} 1\n`);
    reader.read(`# TYPE ${name} summary\n${name}{quantile="0.5"} 1\n${name}_sum 1\n`);
  }
  const text = `# TYPE tailscaled_health_messages gauge
# HELP tailscaled_health_messages Messages.
tailscaled_health_messages{type="warning"} 2
# TYPE tailscaled_new gauge
tailscaled_new 3
# TYPE tailscaled_inbound_bytes_total counter
tailscaled_inbound_bytes_total{path="derp"} 4
`;
  const { series } = reader.read(text);
  assert.deepEqual(
    series.map(({ metric: { name, type, help } }) => [name, type, help === "Rogue."]),
    [
      ["tailscaled_health_messages", "gauge", false],
      ["tailscaled_new", "gauge", true],
      ["tailscaled_inbound_bytes_total", "counter", false],
    ],
  );
});

test("read() drops parts of histograms and summaries, of which tailscaled has none", () => {
  for (const name of ["tailscaled_a", "tailscaled_a_total"]) {
    const text = `# TYPE ${name} histogram\n${name}_bucket{le="1"} 1\n${name}_sum 1\n${name}_count 1\n`;
    assert.deepEqual(seen(new LiveSeriesReader(), `${text}tailscaled_b 1\n`), ["tailscaled_b{} 1"]);
  }
});

test("read() knows the descriptions of the families that tailscaled has", () => {
  const folder = new URL("../../fixtures/localapi/1.102.3/", import.meta.url);
  for (const file of ["usermetrics.txt", "usermetrics-peer-relay-server.txt"]) {
    const text = readFileSync(new URL(file, folder), "utf8");
    const helps = new Map(parseText(text).map(({ metric }) => [metric.name, [metric.type, metric.help]]));
    const { series } = new LiveSeriesReader().read(text.replaceAll(/^# HELP (\S+) .*$/gm, "# HELP $1 Other."));
    assert.deepEqual(new Map(series.map(({ metric }) => [metric.name, [metric.type, metric.help]])), helps);
  }
});

test("read() drops labels that say which device, and series that are then there twice", () => {
  const text = 'tailscaled_a{device_id="x",path="derp"} 1\ntailscaled_a{tailnet="y",path="derp"} 2\n';
  assert.deepEqual(seen(new LiveSeriesReader(), text), ["tailscaled_a{path=derp} 1"]);
});

test("read() gives devices that tell the same the same series", () => {
  const reader = new LiveSeriesReader();
  const text = 'tailscaled_a{path="derp"} 1\n';
  assert.equal(reader.read(text).series[0], reader.read(text).series[0]);
});

test("read() refuses more series than a tailscaled has", () => {
  const text = Array.from({ length: 2001 }, (_, index) => `tailscaled_a{i="${index}"} 1`).join("\n");
  assert.throws(() => new LiveSeriesReader().read(text), TooManySeries);
  assert.throws(() => new LiveSeriesReader().read("<html>"), SyntaxError);
});
