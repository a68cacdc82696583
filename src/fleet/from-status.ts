import { addressesOf, isMullvad, isSharedIn, nameOf, ownerOf, withoutDot } from "../localapi/naming.ts";
import { pathOf } from "../localapi/path.ts";
import type { PeerStatus } from "../localapi/peer-status.ts";
import type { Status } from "../localapi/schema.ts";
import { timestampSeconds } from "../localapi/time.ts";
import { clipped, type FleetDevice, isExitRoute } from "./device.ts";

/**
 * This node and its peers, without Mullvad's exit nodes and nodes that are listed only because this tailnet shares one with
 * them. tailscaled knows no version but its own, and none of the control plane's settings.
 */
export function fromStatus(status: Status): FleetDevice[] {
  const peers = (status.Peer ?? []).filter((peer) => !isMullvad(peer) && !peer.ShareeNode && peer.ID !== "");
  const self: FleetDevice = { ...deviceOf(status.Self, status), version: clipped(status.Version), isSelf: true };
  return [...(status.Self.ID === "" ? [] : [self]), ...peers.map((peer) => deviceOf(peer, status))];
}

function deviceOf(node: PeerStatus, status: Status): FleetDevice {
  const { ipv4, ipv6 } = addressesOf(node);
  const path = pathOf(node);
  return {
    id: node.ID,
    name: clipped(nameOf(node, status)) ?? node.ID,
    dnsName: clipped(withoutDot(node.DNSName)),
    hostname: clipped(node.HostName),
    os: clipped(node.OS),
    user: clipped(ownerOf(node, status)),
    tags: [...new Set(node.Tags ?? [])],
    ipv4: ipv4 || undefined,
    ipv6: ipv6 || undefined,
    seenOnline: node.Online,
    lastSeenSeconds: node.Online ? undefined : timestampSeconds(node.LastSeen),
    keyExpirySeconds: timestampSeconds(node.KeyExpiry),
    // tailscaled lists no node that is not.
    authorized: true,
    external: isSharedIn(node, status),
    primaryRoutes: [...new Set((node.PrimaryRoutes ?? []).filter((route) => !isExitRoute(route)))],
    exitNodeOption: node.ExitNodeOption,
    path,
    derpRegion: node.Relay || undefined,
    lastHandshakeSeconds: timestampSeconds(node.LastHandshake),
  };
}
