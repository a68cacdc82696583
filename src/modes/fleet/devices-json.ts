import { shortVersion } from "../../fleet/device.ts";
import { isExitNode, isSubnetRouter, unapprovedRoutes } from "../../fleet/families/devices.ts";
import type { DeviceView, Snapshot } from "../../fleet/snapshot.ts";

/** The snapshot's devices as JSON for programs and for the page. What is not known is absent. */
export function devicesJson({ takenSeconds, tailnets }: Snapshot) {
  return {
    taken: iso(takenSeconds),
    demo: tailnets.some(({ isDemo }) => isDemo),
    tailnets: tailnets.map(({ tailnet, isUp, devices, parts }) => ({
      tailnet,
      up: isUp ?? null,
      devices: devices?.length ?? null,
      problems: parts
        .filter(({ isWell, isSupported }) => isWell === false && isSupported)
        .map(({ name, message }) => ({ part: name, message })),
    })),
    devices: tailnets.flatMap(({ tailnet, devices }) => (devices ?? []).map((view) => deviceJson(view, tailnet))),
  };
}

function deviceJson({ device, online, state, live }: DeviceView, tailnet: string) {
  return {
    id: device.id,
    name: device.name,
    tailnet,
    state,
    online,
    dns_name: device.dnsName,
    hostname: device.hostname,
    os: device.os,
    distro: device.distro,
    version: shortVersion(device.version) ?? device.version,
    user: device.tags.length > 0 ? undefined : device.user,
    tags: device.tags,
    addresses: [device.ipv4, device.ipv6].filter((address) => address !== undefined),
    path: device.path,
    derp_region: device.derpRegion ?? device.latencies?.find(({ preferred }) => preferred)?.region,
    last_seen: iso(device.lastSeenSeconds),
    created: iso(device.createdSeconds),
    key_expiry: iso(device.keyExpirySeconds),
    authorized: device.authorized,
    external: device.external,
    update_available: device.updateAvailable,
    ephemeral: device.ephemeral,
    exit_node: isExitNode(device),
    subnet_router: isSubnetRouter(device),
    unapproved_routes: unapprovedRoutes(device),
    live: live && { outcome: live.outcome, source: live.source, last_success: iso(live.lastSuccessSeconds) },
  };
}

function iso(seconds: number | undefined): string | undefined {
  return seconds === undefined ? undefined : new Date(Math.min(seconds, MAX_SECONDS) * 1000).toISOString();
}

/** Last second that a Date holds. */
const MAX_SECONDS = 8_640_000_000_000;
