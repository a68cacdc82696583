import { Gauge, Registry } from "prom-client";
import { addSamples, type Families } from "../../src/exporter/gather.ts";
import { gauge } from "../../src/exporter/metric.ts";
import { render } from "../../src/exporter/render.ts";
import { median, type Row } from "./harness.ts";

const FAMILIES = 10;
const SERIES = 10_000;

/** Text of 100,000 series from samples that are there, beside prom-client. */
export async function expositionRow(): Promise<Row> {
  const metrics = Array.from({ length: FAMILIES }, (_, i) => gauge(`bench_${i}_bytes`, "Bench.", ["peer", "peer_id"]));
  const samples = metrics.flatMap((metric) =>
    Array.from({ length: SERIES }, (_, i) => metric.sample(i * 1037, { peer: `node-${i}`, peer_id: `n${i}CNTRL` })),
  );
  const registry = new Registry();
  for (let family = 0; family < FAMILIES; family++) {
    const labelNames = ["peer", "peer_id"];
    const theirs = new Gauge({ name: `bench_${family}_bytes`, help: "Bench.", labelNames, registers: [registry] });
    for (let i = 0; i < SERIES; i++) theirs.set({ peer: `node-${i}`, peer_id: `n${i}CNTRL` }, i * 1037);
  }
  const times = { ours: [] as number[], theirs: [] as number[] };
  for (let round = 0; round < 11; round++) {
    let startedMs = performance.now();
    const families: Families = new Map();
    addSamples(families, samples);
    const bytes = render(families, "text").length;
    times.ours.push(performance.now() - startedMs);
    startedMs = performance.now();
    const other = new TextEncoder().encode(await registry.metrics()).length;
    times.theirs.push(performance.now() - startedMs);
    if (bytes < 1e6 || other < 1e6) throw new Error("Cannot compare: a text is too short");
  }
  const ours = median(times.ours);
  return {
    what: "text of 100,000 series, checked and encoded",
    ours,
    reference: median(times.theirs),
    unit: "ms",
    beside: "prom-client",
    target: "at most 30 ms",
    met: ours <= 30,
  };
}
