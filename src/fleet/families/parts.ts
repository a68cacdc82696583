import { gauge } from "../../exporter/metric.ts";
import type { TailnetSnapshot } from "../snapshot.ts";
import type { Sink } from "./sink.ts";

const PART = ["part", "tailnet"] as const;
const UP = gauge("tailscale_up", "Whether the newest attempt to list the tailnet's devices succeeded: 1 means yes.", [
  "tailnet",
]);
const SUCCESS = gauge("tsmon_fleet_part_success", "Whether the part's newest refresh succeeded: 1 means yes.", PART);
const SUPPORTED = gauge(
  "tsmon_fleet_part_supported",
  "Whether the control plane has the part and the credential may see it: 1 means yes.",
  PART,
);
const TIME = gauge(
  "tsmon_fleet_part_last_success_timestamp_seconds",
  "When the part was last refreshed, as Unix time. What it told stays until it is again.",
  PART,
);
const DURATION = gauge("tsmon_fleet_part_duration_seconds", "Time that the part's newest refresh took.", PART);
const FAILURE = gauge("tsmon_fleet_part_failure", "Why the part's newest refresh failed. 1 while it stands.", [
  ...PART,
  "reason",
]);
const REJECTED = gauge(
  "tsmon_fleet_part_rejected_entries",
  "Entries of the part's last answer that could not be read.",
  PART,
);
const DUPLICATES = gauge("tsmon_fleet_duplicate_devices", "Entries of the device list that had the id of another.", [
  "tailnet",
]);
const DEMO = gauge("tsmon_fleet_demo", "Whether all of this is made up, by --demo: 1 means yes.", ["tailnet"]);

/** Families of how the snapshot came about. */
export const PART_METRICS = [UP, SUCCESS, SUPPORTED, TIME, DURATION, FAILURE, REJECTED, DUPLICATES, DEMO];

/** How each part fares. */
export function partSamples(sink: Sink, { parts, tailnet, isUp, duplicates, devices, isDemo }: TailnetSnapshot): void {
  sink.add(UP, { tailnet }, isUp);
  if (devices) sink.add(DUPLICATES, { tailnet }, duplicates);
  if (isDemo) sink.add(DEMO, { tailnet }, 1);
  for (const { name: part, isWell, isSupported, failure, lastSuccessSeconds, durationSeconds, rejected } of parts) {
    const labels = { part, tailnet };
    sink.add(SUCCESS, labels, isSupported ? isWell : undefined);
    if (isWell !== undefined) sink.add(SUPPORTED, labels, isSupported);
    sink.add(TIME, labels, lastSuccessSeconds);
    sink.add(DURATION, labels, durationSeconds);
    if (failure !== undefined) sink.add(FAILURE, { ...labels, reason: failure }, 1);
    if (lastSuccessSeconds !== undefined) sink.add(REJECTED, labels, rejected);
  }
}
