import * as z from "zod/mini";
import { isMullvad } from "../../../localapi/naming.ts";
import { PATHS, type Path, pathOf } from "../../../localapi/path.ts";
import type { PeerStatus } from "../../../localapi/peer-status.ts";
import type { Status } from "../../../localapi/schema.ts";
import type { Collector } from "../../collector.ts";
import { gauge, type Sample } from "../../metric.ts";
import { PEER_METRICS, peerSamples } from "./peer-samples.ts";
import type { TailnetSource } from "./source.ts";

const PEERS = gauge(
  "tailscale_peers",
  "Number of peers. Mullvad exit nodes count only while there is a path to them.",
  ["online"],
);
const BY_PATH = gauge(
  "tailscale_peers_by_path",
  "Number of peers that are reached this way now; idle means no traffic and so no path.",
  ["path"],
);
const OMITTED = gauge(
  "tailscale_peers_omitted",
  "Number of peers that have no series of their own in this scrape, by --peers and --peers.limit.",
);

/** Above this number of peers, `auto` means those with a path or traffic. */
const AUTO_LIMIT = 200;

/** Settings of which peers have series of their own. */
export const peersSettings = {
  peers: z._default(z.enum(["auto", "all", "active", "none"]), "auto").register(z.globalRegistry, {
    description: `Peers that have series of their own: all, active (a path or bytes exchanged), none, or auto: all up to ${AUTO_LIMIT}, else active`,
  }),
  "peers.limit": z._default(z.int().check(z.minimum(0)), 0).register(z.globalRegistry, {
    description: "Most peers that have series of their own, those with a path or traffic first; 0 means no limit",
    placeholder: "N",
  }),
};
type PeersSettings = z.output<z.ZodMiniObject<typeof peersSettings>>;

/** A peer and the path to it. */
interface Reached {
  readonly peer: PeerStatus;
  readonly path: Path;
}

/** The other nodes of this node's network map, from `status`. Totals are of all of them, whatever the settings. */
export function peers(settings: PeersSettings): Collector<TailnetSource> {
  return {
    name: "tailscale_peers",
    metrics: () => [PEERS, BY_PATH, OMITTED, ...PEER_METRICS],
    async collect(source) {
      const status = await source.status();
      const known = peersOf(status);
      if (known === undefined) return [];
      const reached = countedPeers(known);
      const shown = shownPeers(reached, settings);
      const samples = shown.flatMap(({ peer, path }) => peerSamples(peer, path, status));
      samples.push(...totals(reached), OMITTED.sample(reached.length - shown.length));
      return samples;
    },
  };
}

/** The peers of a status; undefined before there is a network map. tailscaled has no list where there is nobody to list either. */
export function peersOf({ Peer, CurrentTailnet }: Status): readonly PeerStatus[] | undefined {
  return Peer ?? (CurrentTailnet ? [] : undefined);
}

/** Leaves out what is no device of this tailnet or shared with it: sharees, Mullvad's unused exit nodes, nodes without an id. */
function countedPeers(peers: readonly PeerStatus[]): Reached[] {
  const reached: Reached[] = [];
  for (const peer of peers) {
    if (peer.ID === "" || peer.ShareeNode) continue;
    const path = pathOf(peer);
    if (isMullvad(peer) && path === "idle" && !peer.ExitNode) continue;
    reached.push({ peer, path });
  }
  return reached;
}

function shownPeers(reached: readonly Reached[], settings: PeersSettings): readonly Reached[] {
  const limit = settings["peers.limit"] || Number.POSITIVE_INFINITY;
  if (settings.peers === "none") return [];
  if (settings.peers === "all" || (settings.peers === "auto" && reached.length <= AUTO_LIMIT)) {
    return reached.length <= limit ? reached : [...reached.filter(isUsed), ...reached.filter(isUnused)].slice(0, limit);
  }
  return reached.filter(isUsed).slice(0, limit);
}

function isUsed({ peer, path }: Reached): boolean {
  return path !== "idle" || peer.RxBytes > 0 || peer.TxBytes > 0;
}

function isUnused(reached: Reached): boolean {
  return !isUsed(reached);
}

function totals(reached: readonly Reached[]): Sample[] {
  const byPath = new Map<Path, number>(PATHS.map((path) => [path, 0]));
  let online = 0;
  for (const { peer, path } of reached) {
    if (peer.Online) online++;
    byPath.set(path, byPath.get(path)! + 1);
  }
  return [
    PEERS.sample(online, { online: "true" }),
    PEERS.sample(reached.length - online, { online: "false" }),
    ...[...byPath].map(([path, count]) => BY_PATH.sample(count, { path })),
  ];
}
