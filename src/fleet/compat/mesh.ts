import type { Sink } from "../families/sink.ts";
import type { TailnetSnapshot } from "../snapshot.ts";
import { foreign } from "./metric.ts";

const TOTAL = foreign("tailscale_peers_total", "Number of peers.", []);
const ONLINE = foreign("tailscale_peers_online", "Number of peers that are online.", []);
const PEER_ONLINE = foreign("tailscale_peer_online", "Whether the peer is online: 1 means yes.", ["hostname"]);
const PEER_DIRECT = foreign(
  "tailscale_peer_direct",
  "Whether this node's path to the peer is direct: 1 means yes. Absent while there is no path.",
  ["hostname"],
);

/** Families of the article's mesh exporter, of all devices but this node. A host name that several have is told once. */
export function meshSamples(sink: Sink, { devices, tailnet }: TailnetSnapshot): void {
  if (!devices) return;
  const peers = devices.filter(({ device }) => !device.isSelf);
  sink.add(TOTAL, { tailnet }, peers.length);
  sink.add(ONLINE, { tailnet }, peers.filter(({ online }) => online).length);
  const seen = new Set<string>();
  for (const { device, online } of peers.toSorted((a, b) => Number(b.online) - Number(a.online))) {
    const hostname = device.hostname ?? device.name;
    if (seen.has(hostname)) continue;
    seen.add(hostname);
    const labels = PEER_ONLINE.labels({ hostname, tailnet });
    sink.add(PEER_ONLINE, labels, online);
    const { path } = device;
    if (path !== undefined && path !== "idle") sink.add(PEER_DIRECT, labels, path.startsWith("direct"));
  }
}
