import { counter, escapeLabelValue, gauge, Metric } from "../../exporter/metric.ts";
import type { Sink } from "../families/sink.ts";
import type { DeviceView, TailnetSnapshot } from "../snapshot.ts";
import { foreign } from "./metric.ts";

const ID = ["device_id", "device_name"] as const;
const COUNT = gauge("tailscale_device_count", "Number of devices discovered");
const SEEN = foreign("tailscale_device_last_seen_timestamp", "Timestamp when device was last seen (Unix seconds)", ID);
const EXPIRY = foreign(
  "tailscale_device_machine_key_expiry",
  "Machine key expiry timestamp (Unix seconds, 0=disabled)",
  ID,
);
const CREATED = foreign("tailscale_device_created_timestamp", "Device creation timestamp (Unix seconds)", ID);
const LATENCY = foreign("tailscale_device_latency_ms", "Device latency to DERP regions in milliseconds", [
  ...ID,
  "derp_region",
  "preferred",
]);
const ENDPOINTS = foreign("tailscale_device_endpoints_total", "Number of connectivity endpoints for device", ID);
const SERIALS = foreign(
  "tailscale_device_posture_serial_numbers_total",
  "Number of posture identity serial numbers for device",
  ID,
);

const LAST = gauge(
  "tsmetrics_last_scrape_timestamp_seconds",
  "When the devices of every tailnet were last listed, as Unix time.",
);
const ONLINE = gauge("tsmetrics_online_devices_total", "Number of devices that are online.");
const DEVICE_ERRORS = counter("tsmetrics_device_errors_total", "Times that a device did not give its own metrics.", [
  "device_id",
  "device_name",
  "error_type",
  "retryable",
]);
const ERRORS = counter("tsmetrics_scrape_errors_total", "Refreshes that failed.", ["target", "error_type"]);
const CACHE = gauge("tsmetrics_cache_hit_ratio", "Share of scrapes that are answered from memory. Always 1.");
const SAVED = counter(
  "tsmetrics_api_calls_saved_total",
  "Requests that tsmetrics would have made for the same: one a device and refresh.",
);
const MEMORY = gauge("tsmetrics_memory_usage_bytes", "Resident memory size in bytes.");
const DURATION = new Metric("histogram", "tsmetrics_scrape_duration_seconds", "Time that refreshes of a target took.", [
  "target",
  "le",
]);
/** Upper bounds of that histogram, in seconds: those of client_golang. */
export const DURATION_BOUNDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] as const;

/** What tsmetrics counts of its own work. */
export interface TsmetricsCounts {
  /** Refreshes that failed, by reason. */
  readonly errors: ReadonlyMap<string, number>;
  /** How often a device did not answer, by outcome. */
  deviceErrors(id: string): ReadonlyMap<string, number>;
  /** Refreshes, the seconds that they took, and how many took no longer than each of the {@linkcode DURATION_BOUNDS}. */
  readonly refreshes: number;
  readonly refreshSeconds: number;
  readonly refreshesWithin: readonly number[];
  readonly savedRequests: number;
  readonly residentBytes: number | undefined;
}

/** tsmetrics' families of devices that have another name here. The others have the same. */
export function tsmetricsDeviceSamples(sink: Sink, { device }: DeviceView, tailnet: string): void {
  const id = `device_id="${escapeLabelValue(device.id)}",device_name="${escapeLabelValue(device.name)}"`;
  const end = `tailnet="${escapeLabelValue(tailnet)}"`;
  const labels = `{${id},${end}}`;
  sink.addRendered(SEEN, labels, device.lastSeenSeconds);
  sink.addRendered(EXPIRY, labels, device.keyExpiryDisabled ? 0 : device.keyExpirySeconds);
  sink.addRendered(CREATED, labels, device.createdSeconds);
  sink.addRendered(ENDPOINTS, labels, device.endpoints);
  sink.addRendered(SERIALS, labels, device.serialNumbers);
  for (const { region, seconds, preferred } of device.latencies ?? []) {
    const block = `{derp_region="${escapeLabelValue(region)}",${id},preferred="${preferred}",${end}}`;
    sink.addRendered(LATENCY, block, Math.round(seconds * 1e9) / 1e6);
  }
}

/** tsmetrics' families of itself and of all devices, of which it has one set however many tailnets there are. */
export function tsmetricsTotals(sink: Sink, tailnets: readonly TailnetSnapshot[], counts: TsmetricsCounts): void {
  const devices = tailnets.flatMap(({ devices }) => devices ?? []);
  const times = tailnets.map(({ parts }) => primaryTime(parts));
  if (tailnets.some(({ devices }) => devices)) {
    sink.add(COUNT, {}, devices.length);
    sink.add(ONLINE, {}, devices.filter(({ online }) => online).length);
  }
  // The oldest, so that one tailnet that fails is seen.
  if (times.every((time) => time !== undefined) && times.length > 0) sink.add(LAST, {}, Math.min(...times));
  sink.add(CACHE, {}, 1);
  sink.add(SAVED, {}, counts.savedRequests);
  sink.add(MEMORY, {}, counts.residentBytes);
  for (const [index, bound] of [...DURATION_BOUNDS, "+Inf"].entries()) {
    const block = `{le="${bound}",target="tailscale"}`;
    sink.addRendered(DURATION, block, counts.refreshesWithin[index] ?? counts.refreshes, "_bucket");
  }
  sink.addRendered(DURATION, '{target="tailscale"}', counts.refreshSeconds, "_sum");
  sink.addRendered(DURATION, '{target="tailscale"}', counts.refreshes, "_count");
  for (const [error_type, count] of counts.errors) sink.add(ERRORS, { target: "tailscale", error_type }, count);
  if (counts.errors.size === 0) sink.add(ERRORS, { target: "tailscale", error_type: "server" }, 0);
  for (const { device } of devices) {
    for (const [error_type, count] of counts.deviceErrors(device.id)) {
      sink.add(DEVICE_ERRORS, { device_id: device.id, device_name: device.name, error_type, retryable: "true" }, count);
    }
  }
}

/** When the devices were last listed, by whichever part lists them. */
function primaryTime(parts: TailnetSnapshot["parts"]): number | undefined {
  const primary = ["devices", "headscale_nodes", "local"].map((name) => parts.find((part) => part.name === name));
  return primary.find((part) => part !== undefined)?.lastSuccessSeconds;
}
