import { Gauge, Registry, type RegistryContentType } from "prom-client";
import { addSamples, type Families } from "../../src/exporter/gather.ts";
import { gauge, type Sample } from "../../src/exporter/metric.ts";
import { type Format, render } from "../../src/exporter/render.ts";
import { durationOf, interleave, type Reference, type Row } from "./harness.ts";

const FAMILIES = 10;
const SERIES_PER_FAMILY = 10_000;
const LABEL_NAMES = ["peer", "peer_id"] as const;
const encoder = new TextEncoder();
const TARGET = { text: "at most 30 ms", limit: 30 };

const nameOf = (family: number) => `bench_${family}_bytes`;
const labelsOf = (series: number) => ({ peer: `node-${series}`, peer_id: `n${series}CNTRL` });
const bytesOf = (series: number) => series * 1037;

/** Bytes of 100,000 series whose samples are there, beside prom-client and beside lines that are only joined. */
export async function expositionRows(): Promise<Row[]> {
  const samples = prepareSamples();
  const registry = prepareRegistry();
  // All in one go: what is measured after others have filled the heap looks slower than it is.
  const times = await interleave(
    {
      text: durationOf(() => exposition(samples, "text").length),
      openmetrics: durationOf(() => exposition(samples, "openmetrics").length),
      promClientText: durationOf(() => promClient(registry, Registry.PROMETHEUS_CONTENT_TYPE)),
      promClientOpenmetrics: durationOf(() => promClient(registry, Registry.OPENMETRICS_CONTENT_TYPE)),
      joined: durationOf(() => encoder.encode(joinedLines(samples)).length),
    },
    { rounds: 20, warmUps: 5 },
  );
  const joined = { name: "lines joined, nothing checked", value: times.joined };
  return [
    ...rowsOf("text", times.text, [{ name: "prom-client", value: times.promClientText }, joined]),
    ...rowsOf("OpenMetrics", times.openmetrics, [{ name: "prom-client", value: times.promClientOpenmetrics }, joined]),
  ];
}

/** The target stands in the first row. */
function rowsOf(format: string, value: number, references: readonly Reference[]): Row[] {
  const what = `100,000 series as ${format}: check, render, encode`;
  return references.map((reference, i) => ({ what, value, unit: "ms", reference, ...(i === 0 && { target: TARGET }) }));
}

function exposition(samples: readonly Sample[], format: Format): Uint8Array {
  const families: Families = new Map();
  const problems = addSamples(families, samples);
  if (problems.length > 0) throw new Error(`Cannot measure exposition: ${problems.join("; ")}`);
  return render(families, format);
}

async function promClient(registry: Registry<RegistryContentType>, contentType: RegistryContentType): Promise<number> {
  registry.setContentType(contentType);
  return encoder.encode(await registry.metrics()).length;
}

function joinedLines(samples: readonly Sample[]): string {
  let text = "";
  for (const { metric, labels, value } of samples) text += `${metric.name}${labels} ${value}\n`;
  return text;
}

function prepareSamples(): Sample[] {
  return Array.from({ length: FAMILIES }, (_, family) => gauge(nameOf(family), "Bench.", LABEL_NAMES)).flatMap(
    (metric) => Array.from({ length: SERIES_PER_FAMILY }, (_, i) => metric.sample(bytesOf(i), labelsOf(i))),
  );
}

function prepareRegistry(): Registry<RegistryContentType> {
  const registry = new Registry<RegistryContentType>();
  for (let family = 0; family < FAMILIES; family++) {
    const metric = new Gauge({ name: nameOf(family), help: "Bench.", labelNames: LABEL_NAMES, registers: [registry] });
    for (let i = 0; i < SERIES_PER_FAMILY; i++) metric.set(labelsOf(i), bytesOf(i));
  }
  return registry;
}
