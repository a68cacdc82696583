import type { HeadscaleNode } from "../control/headscale/nodes.ts";
import { timestampSeconds } from "../localapi/time.ts";
import { clipped, type FleetDevice, isExitRoute, lastSeenOf, uniqueTexts } from "./device.ts";

/** A node as Headscale's v1 API describes it. Its ids are those that tailscaled has too. */
export function fromHeadscale(node: HeadscaleNode): FleetDevice {
  const { id, ipAddresses = [], tags, forcedTags = [], validTags = [], user } = node;
  const all = tags ?? [...forcedTags, ...validTags];
  return {
    id,
    legacyId: id,
    name: clipped(node.givenName) ?? clipped(node.name) ?? id,
    hostname: clipped(node.name),
    user: all.length > 0 ? undefined : clipped(user?.name),
    tags: [...new Set(all.map((tag) => clipped(tag) ?? ""))].filter(Boolean),
    ipv4: ipAddresses.find((address) => !address.includes(":")),
    ipv6: ipAddresses.find((address) => address.includes(":")),
    connected: node.online,
    ...lastSeenOf(node.online ? undefined : node.lastSeen),
    createdSeconds: timestampSeconds(node.createdAt),
    keyExpirySeconds: timestampSeconds(node.expiry),
    external: false,
    advertisedRoutes: uniqueTexts(node.availableRoutes),
    enabledRoutes: uniqueTexts(node.approvedRoutes),
    primaryRoutes: uniqueTexts(node.subnetRoutes)?.filter((route) => !isExitRoute(route)),
  };
}
