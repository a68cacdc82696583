import { gauge } from "../../exporter/metric.ts";
import { isExitRoute, shortVersion } from "../device.ts";
import type { DeviceView } from "../snapshot.ts";
import { COUNT } from "./device-metrics.ts";
import { unapprovedRoutes } from "./devices.ts";
import type { Sink } from "./sink.ts";

const BY_OS = gauge("tailscale_devices_by_os", "Number of devices, by operating system.", ["os", "tailnet"]);
const BY_VERSION = gauge("tailscale_devices_by_version", "Number of devices, by version of their client.", [
  "version",
  "tailnet",
]);
const BY_TAG = gauge("tailscale_devices_by_tag", "Number of devices with a tag.", ["tag", "tailnet"]);
const BY_USER = gauge("tailscale_devices_by_user", "Number of devices without tags, by their owner.", [
  "user",
  "tailnet",
]);
const BY_STATE = gauge("tailscale_devices_by_state", "Number of devices, by tailscale_device_state.", [
  "state",
  "tailnet",
]);
const UNTAGGED = gauge("tailscale_devices_untagged", "Number of devices without a tag, those shared in left out.", [
  "tailnet",
]);
const SAME_HOSTNAME = gauge(
  "tailscale_devices_same_hostname",
  "Number of devices that have their host name in common with another.",
  ["tailnet"],
);
const KEYS = gauge("tailscale_devices_by_key_expiry", "Number of devices, by when their key expires.", [
  "within",
  "tailnet",
]);
const ROUTERS = gauge("tailscale_route_routers", "Number of online devices for which the route is approved.", [
  "route",
  "tailnet",
]);
const UNAPPROVED = gauge("tailscale_routes_unapproved", "Number of routes of all devices that are not approved.", [
  "tailnet",
]);

/** Families of all devices together. */
export const TOTAL_METRICS = [
  COUNT,
  BY_OS,
  BY_VERSION,
  BY_TAG,
  BY_USER,
  BY_STATE,
  UNTAGGED,
  SAME_HOSTNAME,
  KEYS,
  ROUTERS,
  UNAPPROVED,
];

const DAY_SECONDS = 86_400;

/** Counts over all devices, those too that have no series of their own. */
export function totalSamples(sink: Sink, views: readonly DeviceView[], tailnet: string, nowSeconds: number): void {
  const online = views.filter(({ online }) => online).length;
  sink.add(COUNT, { online: "true", tailnet }, online);
  sink.add(COUNT, { online: "false", tailnet }, views.length - online);
  const devices = views.map(({ device }) => device);
  for (const [os, count] of countBy(devices.map(({ os }) => os))) sink.add(BY_OS, { os, tailnet }, count);
  const versions = devices.map(({ version }) => shortVersion(version));
  for (const [version, count] of countBy(versions)) sink.add(BY_VERSION, { version, tailnet }, count);
  for (const [tag, count] of countBy(devices.flatMap(({ tags }) => tags))) sink.add(BY_TAG, { tag, tailnet }, count);
  const owners = devices.filter(({ tags }) => tags.length === 0).map(({ user }) => user);
  for (const [user, count] of countBy(owners)) sink.add(BY_USER, { user, tailnet }, count);
  for (const [state, count] of countBy(views.map(({ state }) => state))) sink.add(BY_STATE, { state, tailnet }, count);
  sink.add(UNTAGGED, { tailnet }, devices.filter(({ tags, external }) => tags.length === 0 && !external).length);
  const shared = [...countBy(devices.map(({ hostname }) => hostname?.toLowerCase())).values()].filter((n) => n > 1);
  sink.add(
    SAME_HOSTNAME,
    { tailnet },
    shared.reduce((sum, n) => sum + n, 0),
  );
  expirySamples(sink, views, tailnet, nowSeconds);
  routeTotals(sink, views, tailnet);
}

function expirySamples(sink: Sink, views: readonly DeviceView[], tailnet: string, nowSeconds: number): void {
  const expiries = views.map(({ device }) => device.keyExpirySeconds).filter((seconds) => seconds !== undefined);
  const within = (seconds: number) => expiries.filter((at) => at >= nowSeconds && at - nowSeconds < seconds).length;
  sink.add(KEYS, { within: "expired", tailnet }, expiries.filter((at) => at < nowSeconds).length);
  sink.add(KEYS, { within: "24h", tailnet }, within(DAY_SECONDS));
  sink.add(KEYS, { within: "7d", tailnet }, within(7 * DAY_SECONDS));
  sink.add(KEYS, { within: "30d", tailnet }, within(30 * DAY_SECONDS));
}

function routeTotals(sink: Sink, views: readonly DeviceView[], tailnet: string): void {
  if (!views.some(({ device }) => device.enabledRoutes)) return;
  const routers = new Map<string, number>();
  let unapproved = 0;
  for (const { device, online } of views) {
    const advertised = new Set(device.advertisedRoutes ?? []);
    for (const route of device.enabledRoutes ?? []) {
      // An approval outlives what it approves.
      const isServed = online && advertised.has(route);
      if (!isExitRoute(route)) routers.set(route, (routers.get(route) ?? 0) + Number(isServed));
    }
    unapproved += unapprovedRoutes(device)?.length ?? 0;
  }
  for (const [route, count] of routers) sink.add(ROUTERS, { route, tailnet }, count);
  sink.add(UNAPPROVED, { tailnet }, unapproved);
}

function countBy(values: readonly (string | undefined)[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const value of values) if (value) counts.set(value, (counts.get(value) ?? 0) + 1);
  return counts;
}
