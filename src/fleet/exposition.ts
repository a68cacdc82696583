import { Turn } from "../control/turn.ts";
import { headscaleSamples } from "./compat/headscale.ts";
import { meshSamples } from "./compat/mesh.ts";
import { tailscaleExporterDevice, tailscaleExporterSamples } from "./compat/tailscale-exporter.ts";
import { type TsmetricsCounts, tsmetricsDeviceSamples, tsmetricsTotals } from "./compat/tsmetrics.ts";
import { DEVICE_METRICS } from "./families/device-metrics.ts";
import { type DeviceContext, deviceSamples, newestMinors } from "./families/devices.ts";
import { FACT_METRICS, factSamples } from "./families/facts.ts";
import { LIVE_METRICS, liveSamples, liveTotals } from "./families/live.ts";
import { NETWORK_METRICS, networkSamples } from "./families/network.ts";
import { PART_METRICS, partSamples } from "./families/parts.ts";
import { Sink } from "./families/sink.ts";
import { TOTAL_METRICS, totalSamples } from "./families/totals.ts";
import type { Snapshot, TailnetSnapshot } from "./snapshot.ts";
import { TextWriter } from "./text-writer.ts";

/** What of a snapshot becomes series. */
export interface ExpositionOptions {
  /** Most devices of a tailnet with series of their own; 0 means no limit. */
  readonly devicesLimit: number;
  /** Most routes of a device with series of their own. */
  readonly routesLimit: number;
  /** Whether a family is left out, by its name. */
  isExcluded(name: string): boolean;
  /** Other exporters whose families are there too. */
  readonly compat: readonly CompatName[];
  readonly tsmetrics: () => TsmetricsCounts;
}

/** Exporters whose families can be had too. */
export const COMPAT_NAMES = ["tailscale-exporter", "tsmetrics", "mesh"] as const;
export type CompatName = (typeof COMPAT_NAMES)[number];

/** A snapshot as text. */
export interface Exposition {
  readonly writer: TextWriter;
  /** Devices, routes and families that were left out, each by its limit. */
  readonly omitted: Omitted;
}

/** What was left out, by the limit that does it. */
export type Omitted = Record<"devices" | "routes" | "families", number>;

/** Native families, for the documents. */
export const FLEET_METRICS = [
  ...PART_METRICS,
  ...LIVE_METRICS,
  ...TOTAL_METRICS,
  ...DEVICE_METRICS,
  ...FACT_METRICS,
  ...NETWORK_METRICS,
];

/** All families of a snapshot. Other work has its turn meanwhile: it takes a third of a second for 20,000 devices. */
export async function expositionOf(snapshot: Snapshot, options: ExpositionOptions): Promise<Exposition> {
  const writer = new TextWriter();
  const sink = new Sink(writer, options.isExcluded);
  const omitted = { devices: 0, routes: 0, families: 0 };
  for (const tailnet of snapshot.tailnets) {
    totals(sink, tailnet, options, snapshot.takenSeconds);
    await devices(sink, tailnet, options, omitted);
  }
  if (options.compat.includes("tsmetrics")) tsmetricsTotals(sink, snapshot.tailnets, options.tsmetrics());
  omitted.families = sink.excluded.size;
  return { writer, omitted };
}

function totals(sink: Sink, snapshot: TailnetSnapshot, { compat }: ExpositionOptions, nowSeconds: number): void {
  partSamples(sink, snapshot);
  factSamples(sink, snapshot, nowSeconds);
  networkSamples(sink, snapshot);
  liveTotals(sink, snapshot);
  if (snapshot.devices) totalSamples(sink, snapshot.devices, snapshot.tailnet, nowSeconds);
  if (compat.includes("tailscale-exporter")) {
    tailscaleExporterSamples(sink, snapshot);
    headscaleSamples(sink, snapshot);
  }
  if (compat.includes("mesh")) meshSamples(sink, snapshot);
}

async function devices(
  sink: Sink,
  { tailnet, devices = [] }: TailnetSnapshot,
  { devicesLimit, routesLimit, compat }: ExpositionOptions,
  omitted: Omitted,
): Promise<void> {
  const shown = devicesLimit === 0 ? devices : devices.slice(0, devicesLimit);
  omitted.devices += devices.length - shown.length;
  const context: DeviceContext = {
    tailnet,
    newestMinor: newestMinors(devices),
    routesLimit,
    omit: (count) => {
      omitted.routes += count;
    },
  };
  const isMachine = compat.includes("tailscale-exporter");
  const turn = new Turn();
  for (const view of shown) {
    if (turn.isOver) await turn.pass();
    deviceSamples(sink, view, context);
    liveSamples(sink, view, tailnet, isMachine);
    if (isMachine) tailscaleExporterDevice(sink, view, tailnet);
    if (compat.includes("tsmetrics")) tsmetricsDeviceSamples(sink, view, tailnet);
  }
}
