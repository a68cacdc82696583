import { addressesOf, isMullvad, nameOf, ownerOf, withoutDot } from "../localapi/naming.ts";
import type { PeerStatus } from "../localapi/peer-status.ts";
import type { Status } from "../localapi/schema.ts";
import type { Device } from "./device.ts";

/**
 * This node and its peers. Left out are Mullvad's exit nodes, nodes without an address, and those that are listed only
 * because this tailnet shares a node with them.
 */
export function devicesOfStatus(status: Status): Device[] {
  const peers = Object.values(status.Peer ?? {}).filter((peer) => !isMullvad(peer) && !peer.ShareeNode);
  const nodes = [status.Self, ...peers].filter(({ ID, TailscaleIPs }) => ID !== "" && TailscaleIPs?.length);
  return nodes.map((node) => deviceOf(node, status));
}

function deviceOf(node: PeerStatus, status: Status): Device {
  const { ipv4, ipv6 } = addressesOf(node);
  return {
    id: node.ID,
    name: nameOf(node, status),
    dnsName: withoutDot(node.DNSName) || undefined,
    hostname: node.HostName,
    os: node.OS || undefined,
    user: ownerOf(node, status) || undefined,
    tags: node.Tags ?? [],
    ipv4: ipv4 || undefined,
    ipv6: ipv6 || undefined,
    online: node.Online,
    // tailscaled lists no node that is not.
    authorized: true,
    tailnet: status.CurrentTailnet?.Name || undefined,
    api: "localhost",
  };
}
