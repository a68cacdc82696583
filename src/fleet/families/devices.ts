import { escapeLabelValue } from "../../exporter/metric.ts";
import { type FleetDevice, isExitRoute, shortVersion } from "../device.ts";
import type { DeviceView } from "../snapshot.ts";
import { DEVICE_STATES } from "../state.ts";
import * as metrics from "./device-metrics.ts";
import type { Sink } from "./sink.ts";

/** What all devices of a tailnet are described against. */
export interface DeviceContext {
  readonly tailnet: string;
  /** Newest minor version of each major one. */
  readonly newestMinor: ReadonlyMap<number, number>;
  /** Most routes of a device that have series. */
  readonly routesLimit: number;
  /** Takes note of series that were left out. */
  omit(count: number): void;
}

const FLAGS = Object.entries(metrics.FLAGS) as [keyof typeof metrics.FLAGS, (typeof metrics.FLAGS)["ssh"]][];
const NUMBERS = Object.entries(metrics.NUMBERS) as [keyof typeof metrics.NUMBERS, (typeof metrics.FLAGS)["ssh"]][];

/** Everything known of one device. */
export function deviceSamples(sink: Sink, view: DeviceView, context: DeviceContext): void {
  const { device, online, state, live } = view;
  // Rendered by hand, once a device: there are tens of series to each, in thousands of devices.
  const id = `device_id="${escapeLabelValue(device.id)}"`;
  const name = `device_name="${escapeLabelValue(device.name)}"`;
  const tailnet = `tailnet="${escapeLabelValue(context.tailnet)}"`;
  const labels = `{${id},${name},${tailnet}}`;
  sink.add(metrics.INFO, infoOf(device, context.tailnet), 1);
  sink.addRendered(metrics.ONLINE, labels, online);
  for (const name of DEVICE_STATES) {
    sink.addRendered(
      metrics.STATE,
      `{${id},device_name="${escapeLabelValue(device.name)}",state="${name}",${tailnet}}`,
      name === state,
    );
  }
  for (const [field, metric] of FLAGS) sink.addRendered(metric, labels, device[field]);
  for (const [field, metric] of NUMBERS) sink.addRendered(metric, labels, device[field]);
  if (device.user !== undefined && device.tags.length === 0) {
    sink.addRendered(metrics.USER, `{${id},${name},${tailnet},user_email="${escapeLabelValue(device.user)}"}`, 1);
  }
  for (const tag of device.tags) {
    sink.addRendered(metrics.TAG, `{${id},${name},tag="${escapeLabelValue(tag)}",${tailnet}}`, 1);
  }
  for (const { region, seconds, preferred } of device.latencies ?? []) {
    const block = `{derp_region="${escapeLabelValue(region)}",${id},${name},preferred="${preferred}",${tailnet}}`;
    sink.addRendered(metrics.LATENCY, block, seconds);
  }
  for (const [feature, supported] of featuresOf(device)) {
    const block = `{${id},${name},feature="${escapeLabelValue(feature)}",${tailnet}}`;
    sink.addRendered(metrics.SUPPORTS, block, supported);
  }
  if (device.path !== undefined && !device.isSelf) {
    sink.addRendered(metrics.PATH, `{${id},${name},path="${device.path}",${tailnet}}`, 1);
  }
  sink.addRendered(metrics.SKEW, labels, minorsBehind(device, context.newestMinor));
  if (live) {
    sink.addRendered(metrics.LIVE_SUCCESS, labels, live.outcome === "ok");
    sink.addRendered(metrics.LIVE_TIME, labels, live.lastSuccessSeconds);
  }
  routeSamples(sink, device, context, `${id},${name}`, tailnet);
}

/** The features, with the names that tsmetrics gives them: small letters. Of two that differ in no more the last counts. */
function featuresOf({ supports = [] }: FleetDevice): ReadonlyMap<string, boolean> {
  return new Map(supports.map(([feature, supported]) => [feature.toLowerCase(), supported]));
}

function infoOf(device: FleetDevice, tailnet: string) {
  const { id, name, os, version, hostname, dnsName, distro, user, tags, ipv4, ipv6 } = device;
  return {
    device_id: id,
    device_name: name,
    tailnet,
    os: os ?? "",
    version: shortVersion(version) ?? version ?? "",
    hostname: hostname ?? "",
    dns_name: dnsName ?? "",
    distro: distro ?? "",
    user: tags.length > 0 ? "" : (user ?? ""),
    tags: tags.join(","),
    ipv4: ipv4 ?? "",
    ipv6: ipv6 ?? "",
  };
}

function routeSamples(
  sink: Sink,
  device: FleetDevice,
  context: DeviceContext,
  identity: string,
  tailnet: string,
): void {
  const { advertisedRoutes: advertised, enabledRoutes: enabled, primaryRoutes: primary, exitNodeOption } = device;
  const labels = `{${identity},${tailnet}}`;
  for (const [metric, routes] of [
    [metrics.ADVERTISED, advertised],
    [metrics.ENABLED, enabled],
    [metrics.PRIMARY, primary],
  ] as const) {
    if (routes === undefined) continue;
    context.omit(Math.max(routes.length - context.routesLimit, 0));
    for (const route of routes.slice(0, context.routesLimit)) {
      sink.addRendered(metric, `{${identity},route="${escapeLabelValue(route)}",${tailnet}}`, 1);
    }
  }
  sink.addRendered(metrics.UNAPPROVED, labels, unapprovedRoutes(device)?.length);
  // tailscaled's option is an approved exit node.
  sink.addRendered(metrics.EXIT_NODE, labels, isExitNode(device));
  sink.addRendered(metrics.EXIT_NODE_OPTION, labels, advertised ? advertised.some(isExitRoute) : exitNodeOption);
  sink.addRendered(metrics.SUBNET_ROUTER, labels, isSubnetRouter(device));
}

/** Whether a device is an exit node that is approved and still offers itself, or is for tailscaled; undefined if not known. */
export function isExitNode({ enabledRoutes, exitNodeOption }: FleetDevice): boolean | undefined {
  return enabledRoutes ? enabledRoutes.some(isExitRoute) : exitNodeOption;
}

/** Whether a device advertises routes, or as tailscaled sees it is a router; undefined if not known. */
export function isSubnetRouter({ advertisedRoutes, primaryRoutes }: FleetDevice): boolean | undefined {
  const routes = advertisedRoutes ?? primaryRoutes;
  return routes?.some((route) => !isExitRoute(route));
}

/** Routes that are advertised and not approved, by comparing sets: numbers would let an old approval hide a new route. */
export function unapprovedRoutes({ advertisedRoutes, enabledRoutes }: FleetDevice): readonly string[] | undefined {
  if (!advertisedRoutes || !enabledRoutes) return undefined;
  const approved = new Set(enabledRoutes);
  return advertisedRoutes.filter((route) => !approved.has(route));
}

/** Newest minor version of each major one that devices of this tailnet run. */
export function newestMinors(devices: readonly DeviceView[]): Map<number, number> {
  const newest = new Map<number, number>();
  for (const { device } of devices) {
    if (device.external) continue;
    const [major, minor] = versionOf(device) ?? [];
    if (major !== undefined && minor !== undefined) newest.set(major, Math.max(newest.get(major) ?? 0, minor));
  }
  return newest;
}

function minorsBehind(device: FleetDevice, newest: ReadonlyMap<number, number>): number | undefined {
  const [major, minor] = versionOf(device) ?? [];
  if (major === undefined || minor === undefined) return undefined;
  const newestMinor = newest.get(major);
  // Of two major versions there is no telling how many minor ones lie between.
  return newestMinor === undefined || major < Math.max(...newest.keys()) ? undefined : Math.max(newestMinor - minor, 0);
}

function versionOf({ version }: FleetDevice): [number, number] | undefined {
  const [major, minor] = shortVersion(version)?.split(".").map(Number) ?? [];
  return major === undefined || minor === undefined ? undefined : [major, minor];
}
