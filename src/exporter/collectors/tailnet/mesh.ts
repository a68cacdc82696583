import { pathOf } from "../../../localapi/path.ts";
import type { Collector } from "../../collector.ts";
import { gauge, type Sample } from "../../metric.ts";
import { peersOf } from "./peers.ts";
import type { TailnetSource } from "./source.ts";

const TOTAL = gauge("tailscale_peers_total", "Number of peers.");
const ONLINE = gauge("tailscale_peers_online", "Number of peers that are online.");
const PEER_ONLINE = gauge("tailscale_peer_online", "Whether the peer is online: 1 means yes.", ["hostname"]);
const PEER_DIRECT = gauge(
  "tailscale_peer_direct",
  "Whether this node's path to the peer is direct: 1 means yes. Absent while there is no path.",
  ["hostname"],
);

/** Families of the mesh exporter, from `status`, for its dashboards. A host name that several peers have is told once. */
export function mesh(): Collector<TailnetSource> {
  return {
    name: "tailscale_mesh",
    metrics: () => [TOTAL, ONLINE, PEER_ONLINE, PEER_DIRECT],
    async collect(source) {
      const peers = peersOf(await source.status());
      if (peers === undefined) return [];
      const online = peers.filter(({ Online }) => Online);
      const samples: Sample[] = [TOTAL.sample(peers.length), ONLINE.sample(online.length)];
      // Of several of one name, one that is online.
      const byName = new Map([...peers, ...online].map((peer) => [peer.HostName, peer]));
      for (const [hostname, peer] of byName) {
        const labels = PEER_ONLINE.labels({ hostname });
        const path = pathOf(peer);
        samples.push(PEER_ONLINE.sample(Number(peer.Online), labels));
        if (path !== "idle") samples.push(PEER_DIRECT.sample(Number(path.startsWith("direct")), labels));
      }
      return samples;
    },
  };
}
