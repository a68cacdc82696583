/** HELP of tailscaled's own families, by name, as tailscaled 1.102 has them. */
export const TAILSCALED_HELP: ReadonlyMap<string, string> = new Map([
  ["tailscaled_advertised_routes", "Number of advertised network routes (e.g. by a subnet router)"],
  ["tailscaled_approved_routes", "Number of approved network routes (e.g. by a subnet router)"],
  ["tailscaled_health_messages", "Number of health messages broken down by type."],
  ["tailscaled_home_derp_region_id", "DERP region ID of this node's home relay server"],
  ["tailscaled_inbound_bytes_total", "Counts the number of bytes received from other peers"],
  [
    "tailscaled_inbound_dropped_packets_total",
    "Counts the number of dropped packets received by the node from other peers",
  ],
  ["tailscaled_inbound_packets_total", "Counts the number of packets received from other peers"],
  ["tailscaled_outbound_bytes_total", "Counts the number of bytes sent to other peers"],
  ["tailscaled_outbound_dropped_packets_total", "Counts the number of packets dropped while being sent to other peers"],
  ["tailscaled_outbound_packets_total", "Counts the number of packets sent to other peers"],
  ["tailscaled_peer_relay_endpoints", "Number of allocated Peer Relay endpoints"],
  ["tailscaled_peer_relay_forwarded_bytes_total", "Number of bytes forwarded via Peer Relay"],
  ["tailscaled_peer_relay_forwarded_packets_total", "Number of packets forwarded via Peer Relay"],
  [
    "tailscaled_serve_inbound_bytes_total",
    "Bytes received from peers on Serve connections for Tailscale Services, labeled by Tailscale Service name.",
  ],
  [
    "tailscaled_serve_outbound_bytes_total",
    "Bytes sent to peers on Serve connections for Tailscale Services, labeled by Tailscale Service name.",
  ],
]);
