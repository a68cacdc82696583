import { addressesOf, isSharedIn, nameOf, ownerOf, withoutDot } from "../../../localapi/naming.ts";
import type { PeerStatus } from "../../../localapi/peer-status.ts";
import type { Status } from "../../../localapi/schema.ts";
import { timestampSeconds } from "../../../localapi/time.ts";
import { counter, gauge, type Sample } from "../../metric.ts";
import type { Path } from "./path.ts";

const IDENTITY = ["peer_id", "peer"] as const;

const INFO = gauge("tailscale_peer_info", "A peer as tailscaled describes it. Always 1.", [
  ...IDENTITY,
  "dns_name",
  "hostname",
  "os",
  "user",
  "tags",
  "ipv4",
  "ipv6",
  "shared",
]);
const ONLINE = gauge(
  "tailscale_peer_online",
  "Whether the peer is connected to the control plane, by its word: 1 means yes.",
  IDENTITY,
);
const ACTIVE = gauge("tailscale_peer_active", "Whether this node sent to the peer of late: 1 means yes.", IDENTITY);
const DIRECT = gauge(
  "tailscale_peer_direct",
  "Whether the path to the peer is direct: 1 means direct, 0 relayed. Absent while there is no path.",
  IDENTITY,
);
const DERP = gauge(
  "tailscale_peer_derp_region_info",
  "Home DERP region of the peer, whatever the path to it. Always 1.",
  [...IDENTITY, "region_code"],
);
const RECEIVED = counter(
  "tailscale_peer_receive_bytes_total",
  "Bytes received from the peer in WireGuard sessions. Absent before the first packet.",
  IDENTITY,
);
const TRANSMITTED = counter(
  "tailscale_peer_transmit_bytes_total",
  "Bytes sent to the peer in WireGuard sessions. Absent before the first packet.",
  IDENTITY,
);
const HANDSHAKE = gauge(
  "tailscale_peer_last_handshake_timestamp_seconds",
  "When the last WireGuard handshake with the peer completed, as Unix time. Absent without one.",
  IDENTITY,
);
const LAST_SEEN = gauge(
  "tailscale_peer_last_seen_timestamp_seconds",
  "When an offline peer was last connected to the control plane, as Unix time. Absent for peers that are online.",
  IDENTITY,
);
const KEY_EXPIRY = gauge(
  "tailscale_peer_key_expiry_timestamp_seconds",
  "When the peer's key expires, as Unix time. Absent when it does not expire.",
  IDENTITY,
);
const EXIT_NODE_OPTION = gauge(
  "tailscale_peer_exit_node_option",
  "Whether the peer can be used as an exit node: 1 means yes.",
  IDENTITY,
);
const PRIMARY = gauge("tailscale_peer_primary_routes", "A route for which the peer is the elected router. Always 1.", [
  ...IDENTITY,
  "route",
]);

/** Families of one peer. */
export const PEER_METRICS = [
  INFO,
  ONLINE,
  ACTIVE,
  DIRECT,
  DERP,
  RECEIVED,
  TRANSMITTED,
  HANDSHAKE,
  LAST_SEEN,
  KEY_EXPIRY,
  EXIT_NODE_OPTION,
  PRIMARY,
];

/** Everything known of one peer. */
export function peerSamples(peer: PeerStatus, path: Path, status: Status): Sample[] {
  const identity = { peer_id: peer.ID, peer: nameOf(peer, status) };
  const labels = ONLINE.labels(identity);
  const samples = [
    INFO.sample(1, infoOf(peer, status, identity)),
    ONLINE.sample(Number(peer.Online), labels),
    ACTIVE.sample(Number(peer.Active), labels),
    EXIT_NODE_OPTION.sample(Number(peer.ExitNodeOption), labels),
  ];
  if (path !== "idle") samples.push(DIRECT.sample(Number(path.startsWith("direct")), labels));
  if (peer.Relay) samples.push(DERP.sample(1, { ...identity, region_code: peer.Relay }));
  if (peer.InEngine) samples.push(RECEIVED.sample(peer.RxBytes, labels), TRANSMITTED.sample(peer.TxBytes, labels));
  const times = [
    [HANDSHAKE, peer.LastHandshake],
    [LAST_SEEN, peer.Online ? undefined : peer.LastSeen],
    [KEY_EXPIRY, peer.KeyExpiry],
  ] as const;
  for (const [metric, text] of times) {
    const seconds = timestampSeconds(text);
    if (seconds !== undefined) samples.push(metric.sample(seconds, labels));
  }
  for (const route of peer.PrimaryRoutes ?? []) samples.push(PRIMARY.sample(1, { ...identity, route }));
  return samples;
}

function infoOf(peer: PeerStatus, status: Status, identity: { peer_id: string; peer: string }) {
  return {
    ...identity,
    dns_name: withoutDot(peer.DNSName),
    hostname: peer.HostName,
    os: peer.OS,
    user: ownerOf(peer, status),
    tags: (peer.Tags ?? []).join(","),
    ...addressesOf(peer),
    shared: String(isSharedIn(peer, status)),
  };
}
