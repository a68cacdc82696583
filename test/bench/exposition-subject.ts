/**
 * One of the {@linkcode SUBJECTS} in a process of its own, where no other's garbage is collected at its expense. Each
 * line on stdin is answered with the milliseconds of one more exposition.
 */
import process from "node:process";
import { createInterface } from "node:readline";
import { Gauge, Registry, type RegistryContentType } from "prom-client";
import { addSamples, type Families } from "../../src/exporter/gather.ts";
import { gauge, type Sample } from "../../src/exporter/metric.ts";
import { type Format, render } from "../../src/exporter/render.ts";
import { durationOf, type Measure } from "./harness.ts";

const FAMILIES = 10;
const SERIES_PER_FAMILY = 10_000;
const LABEL_NAMES = ["peer", "peer_id"] as const;
const encoder = new TextEncoder();

/** Ways to make the bytes of 100,000 series whose samples are there. */
export const SUBJECTS = {
  text: () => exposition(prepareSamples(), "text"),
  openmetrics: () => exposition(prepareSamples(), "openmetrics"),
  promClientText: () => promClient(prepareRegistry(), Registry.PROMETHEUS_CONTENT_TYPE),
  promClientOpenmetrics: () => promClient(prepareRegistry(), Registry.OPENMETRICS_CONTENT_TYPE),
  joined: () => joinedLines(prepareSamples()),
} satisfies Record<string, () => Measure>;

const nameOf = (family: number) => `bench_${family}_bytes`;
const labelsOf = (series: number) => ({ peer: `node-${series}`, peer_id: `n${series}CNTRL` });
const bytesOf = (series: number) => series * 1037;

function exposition(samples: readonly Sample[], format: Format): Measure {
  return durationOf(() => {
    const families: Families = new Map();
    const problems = addSamples(families, samples);
    if (problems.length > 0) throw new Error(`Cannot measure exposition: ${problems.join("; ")}`);
    return render(families, format).length;
  });
}

function promClient(registry: Registry<RegistryContentType>, contentType: RegistryContentType): Measure {
  registry.setContentType(contentType);
  return durationOf(async () => encoder.encode(await registry.metrics()).length);
}

function joinedLines(samples: readonly Sample[]): Measure {
  return durationOf(() => {
    let text = "";
    for (const { metric, labels, value } of samples) text += `${metric.name}${labels} ${value}\n`;
    return encoder.encode(text).length;
  });
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

if (import.meta.main) {
  const measure = SUBJECTS[process.argv[2] as keyof typeof SUBJECTS]();
  for await (const _ of createInterface({ input: process.stdin })) process.stdout.write(`${await measure()}\n`);
}
