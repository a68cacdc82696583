import assert from "node:assert/strict";
import { test } from "node:test";
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
