import { fileURLToPath } from "node:url";
import * as z from "zod/mini";
import { type Collector, type CollectorError, NoData } from "../../../../../src/exporter/collector.ts";
import type { HostPaths, HostSource } from "../../../../../src/exporter/collectors/host/source.ts";
import { hostSource } from "../../../../../src/exporter/collectors/host/source.ts";
import { addSamples } from "../../../../../src/exporter/gather.ts";
import type { Sample } from "../../../../../src/exporter/metric.ts";
import { render } from "../../../../../src/exporter/render.ts";

/** Folder of the fixture host. */
export const FIXTURE_HOST = fileURLToPath(new URL("../../../../fixtures/host", import.meta.url));

/** Counts that every file system of the fixture host has. */
export const COUNTS = { bsize: 4096, blocks: 1000, bfree: 400, bavail: 300, files: 50, ffree: 20 };

/** The clock of the fixture host, as adjtimex(2) tells of one that a time server keeps. */
export const CLOCK = {
  ...{ state: 0, offset: -41903, freq: -1245184, maxerror: 19500, esterror: 312, status: 0x2001, constant: 7 },
  ...{ tick: 10000, ppsfreq: 0, jitter: 0, shift: 0, stabil: 0, jitcnt: 0, calcnt: 0, errcnt: 0, stbcnt: 0, tai: 37 },
};

/** An error as the system gives it. */
export function systemError(code: string): Error {
  return Object.assign(new Error(code), { code });
}

/** A source over the fixture host, at noon of 15 July 2026 in UTC; `parts` replaces what a test wants otherwise. */
export function fixtureSource(parts: Partial<Omit<HostSource, "paths">> & { paths?: Partial<HostPaths> } = {}) {
  const paths = { procfs: "proc", sysfs: "sys", rootfs: "rootfs", udevData: "udev" };
  const inFixture = Object.entries(paths).map(([key, folder]) => [key, `${FIXTURE_HOST}/${folder}`]);
  const worker = { statfs: async () => COUNTS, stop: () => {} };
  return hostSource({
    ownPaths: { procfs: "/nonexistent", sysfs: "/nonexistent" },
    signal: new AbortController().signal,
    now: () => Date.UTC(2026, 6, 15, 12),
    zoneAt: () => ({ name: "UTC", offsetSeconds: 0 }),
    statfs: () => COUNTS,
    startStatfsWorker: () => worker,
    adjtimex: () => CLOCK,
    ...parts,
    paths: { ...(Object.fromEntries(inFixture) as unknown as HostPaths), ...parts.paths },
  });
}

/** Settings with their defaults, but for those given. */
export function settingsOf<Shape extends z.core.$ZodShape>(shape: Shape, given: Record<string, unknown> = {}) {
  return z.strictObject(shape).parse(given);
}

/** Series of a collector as `name{labels} value`, in its order. */
export async function seriesOf(collector: Collector<HostSource>, source: HostSource): Promise<string[]> {
  const samples = await collector.collect(source);
  return samples.map(({ metric, labels, value }) => `${metric.name}${labels} ${value}`);
}

/** How a collector fails, and the series that it has nevertheless. */
export async function failureOf(collector: Collector<HostSource>, source: HostSource) {
  try {
    await collector.collect(source);
  } catch (error) {
    const { name, message, samples } = error as CollectorError;
    return { name, message, series: samples.map(({ metric, labels, value }) => `${metric.name}${labels} ${value}`) };
  }
  throw new Error(`${collector.name} has not failed`);
}

/** Samples of a collector; none when the host has nothing of the kind. */
export async function samplesOf(collector: Collector<HostSource>, source: HostSource): Promise<readonly Sample[]> {
  try {
    return await collector.collect(source);
  } catch (error) {
    if (error instanceof NoData) return [];
    throw error;
  }
}

/** The exposition of collectors over a source. */
export async function expositionOf(collectors: readonly Collector<HostSource>[], source: HostSource): Promise<string> {
  const families = new Map();
  for (const collector of collectors) {
    const problems = addSamples(families, await samplesOf(collector, source));
    if (problems.length > 0) throw new Error(problems.join("; "));
  }
  return new TextDecoder().decode(render(families, "text"));
}
