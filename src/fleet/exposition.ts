import { addSamples, type Families } from "../exporter/gather.ts";
import { headscaleSamples } from "./compat/headscale.ts";
import { meshSamples } from "./compat/mesh.ts";
import { tailscaleExporterSamples } from "./compat/tailscale-exporter.ts";
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

/** A snapshot as families. */
export interface Exposition {
  readonly families: Families;
  /** Series and devices that were left out, by which limit. */
  readonly omitted: Readonly<Record<"devices" | "routes" | "families", number>>;
  /** Families that were left out because something in them is wrong. A mistake of ours. */
  readonly problems: readonly string[];
}

/** Native families, for the documents. */
export const FLEET_METRICS = [
  ...PART_METRICS,
  ...LIVE_METRICS,
  ...TOTAL_METRICS,
  ...DEVICE_METRICS,
  ...FACT_METRICS,
  ...NETWORK_METRICS,
];

/** All families of a snapshot. */
export function expositionOf(snapshot: Snapshot, options: ExpositionOptions): Exposition {
  const families: Families = new Map();
  const problems: string[] = [];
  const omitted = { devices: 0, routes: 0, families: 0 };
  for (const tailnet of snapshot.tailnets) {
    const sink = new Sink();
    tailnetSamples(sink, tailnet, options, omitted, snapshot.takenSeconds);
    problems.push(...addSamples(families, sink.samples));
  }
  if (options.compat.includes("tsmetrics")) {
    const sink = new Sink();
    tsmetricsTotals(sink, snapshot.tailnets, options.tsmetrics());
    problems.push(...addSamples(families, sink.samples));
  }
  for (const name of [...families.keys()].filter(options.isExcluded)) {
    omitted.families++;
    families.delete(name);
  }
  return { families, omitted, problems };
}

function tailnetSamples(
  sink: Sink,
  snapshot: TailnetSnapshot,
  { devicesLimit, routesLimit, compat }: ExpositionOptions,
  omitted: { devices: number; routes: number },
  nowSeconds: number,
): void {
  const { tailnet, devices } = snapshot;
  partSamples(sink, snapshot);
  factSamples(sink, snapshot, nowSeconds);
  networkSamples(sink, snapshot);
  liveTotals(sink, snapshot);
  if (compat.includes("tailscale-exporter")) {
    tailscaleExporterSamples(sink, snapshot);
    headscaleSamples(sink, snapshot);
  }
  if (compat.includes("mesh")) meshSamples(sink, snapshot);
  if (!devices) return;
  totalSamples(sink, devices, tailnet, nowSeconds);
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
  for (const view of shown) {
    deviceSamples(sink, view, context);
    liveSamples(sink, view, tailnet, compat.includes("tailscale-exporter"));
    if (compat.includes("tsmetrics")) tsmetricsDeviceSamples(sink, view, tailnet);
  }
}
