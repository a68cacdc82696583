import type { PeerStatus } from "./peer-status.ts";

/** Ways in which a peer can be reached; `idle` means that nothing was sent to it of late, so that there is no path. */
export const PATHS = ["direct_ipv4", "direct_ipv6", "peer_relay_ipv4", "peer_relay_ipv6", "derp", "idle"] as const;
export type Path = (typeof PATHS)[number];

/**
 * The path to a peer now, classified as the tailscale command does: only an active peer has one, and `Relay` alone is the
 * peer's home region, which it has whatever the path.
 */
export function pathOf({ Active, CurAddr, PeerRelay, Relay }: PeerStatus): Path {
  if (!Active) return "idle";
  if (CurAddr) return CurAddr.startsWith("[") ? "direct_ipv6" : "direct_ipv4";
  if (PeerRelay) return PeerRelay.startsWith("[") ? "peer_relay_ipv6" : "peer_relay_ipv4";
  return Relay ? "derp" : "idle";
}
