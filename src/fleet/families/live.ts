import { escapeLabelValue, gauge } from "../../exporter/metric.ts";
import { LIVE_OUTCOMES, type LiveSeries } from "../live.ts";
import type { DeviceView, TailnetSnapshot } from "../snapshot.ts";
import type { Sink } from "./sink.ts";

const OUTCOMES = gauge("tsmon_fleet_live_devices", "Devices that are asked for their own metrics, by how it ended.", [
  "outcome",
  "tailnet",
]);
const SOURCES = gauge("tsmon_fleet_live_sources", "Devices that gave their own metrics, by who answered for them.", [
  "source",
  "tailnet",
]);

/** Families of asking devices. */
export const LIVE_METRICS = [OUTCOMES, SOURCES];

/** How asking went, over all devices. */
export function liveTotals(sink: Sink, { devices = [], tailnet }: TailnetSnapshot): void {
  const asked = devices.flatMap(({ live }) => live ?? []);
  if (asked.length === 0) return;
  for (const outcome of LIVE_OUTCOMES) {
    sink.add(OUTCOMES, { outcome, tailnet }, asked.filter((live) => live.outcome === outcome).length);
  }
  for (const source of ["agent", "webclient"]) {
    sink.add(SOURCES, { source, tailnet }, asked.filter((live) => live.source === source).length);
  }
}

/** Names of the labels that say which device a series is of, sorted. */
const IDENTITY = ["device_id", "device_name", "tailnet"];

/**
 * A device's own series, under the labels that say which device.
 *
 * @param isMachine Whether they have `tailscale_machine` too, which tailscale-exporter's dashboards expect.
 */
export function liveSamples(sink: Sink, { device, live }: DeviceView, tailnet: string, isMachine: boolean): void {
  if (!live) return;
  const identity = [
    `device_id="${escapeLabelValue(device.id)}"`,
    `device_name="${escapeLabelValue(device.name)}"`,
    `tailnet="${escapeLabelValue(tailnet)}"`,
  ];
  if (isMachine) identity.push(`tailscale_machine="${escapeLabelValue(device.name)}"`);
  for (const [index, series] of live.series.entries()) {
    sink.addRendered(series.metric, blockOf(series, identity), live.values[index]);
  }
}

/** The label block, sorted by name. */
function blockOf(series: LiveSeries, identity: readonly string[]): string {
  const slots = slotsOf(series);
  let pairs = "";
  for (let index = 0; index < identity.length; index++) pairs += `${slots[index]!}${identity[index]!},`;
  for (let index = identity.length; index < slots.length; index++) pairs += slots[index]!;
  return `{${pairs.slice(0, -1)}}`;
}

const SLOTS = new WeakMap<LiveSeries, readonly string[]>();
const NAMES = [...IDENTITY, "tailscale_machine"];

/** A series' own labels as text, each where it sorts among those of the device: before the first, the second, and so on. */
function slotsOf(series: LiveSeries): readonly string[] {
  const known = SLOTS.get(series);
  if (known) return known;
  const slots = [...NAMES.map(() => ""), ""];
  for (const [name, value] of series.labels) {
    const place = NAMES.findIndex((other) => name < other);
    slots[place < 0 ? NAMES.length : place] += `${name}="${value}",`;
  }
  SLOTS.set(series, slots);
  return slots;
}
