import type { LabNode } from "./node.ts";

/** What the lab reads of `status`. */
export interface Status {
  readonly BackendState: string;
  readonly Self: Peer;
  readonly Peer: Readonly<Record<string, Peer>> | null;
}

/** What the lab reads of one node in `status`. */
export interface Peer {
  readonly HostName: string;
  readonly DNSName: string;
  readonly Online: boolean;
  /** Zero time while online. */
  readonly LastSeen: string;
  readonly Active: boolean;
  readonly CurAddr: string;
  readonly PeerRelay: string;
  readonly Relay: string;
  readonly Tags?: readonly string[];
  readonly PrimaryRoutes?: readonly string[];
  readonly KeyExpiry?: string;
  readonly Expired?: boolean;
}

/** How a node reaches a peer now. */
export type Path = "offline" | "idle" | "direct" | "peer-relay" | "derp";

/** A node's view of the tailnet. */
export async function statusOf(node: LabNode): Promise<Status> {
  return (await (await node.localApi("status")).json()) as Status;
}

/** A peer as a node sees it, by its first DNS label; undefined when the node does not have it. */
export async function peerOf(node: LabNode, name: string): Promise<Peer | undefined> {
  return Object.values((await statusOf(node)).Peer ?? {}).find(({ DNSName }) => DNSName.split(".")[0] === name);
}

/** How a node reaches a peer, by the same rules as `tailscale status`; undefined when the node does not have it. */
export async function pathTo(node: LabNode, name: string): Promise<Path | undefined> {
  const peer = await peerOf(node, name);
  if (peer === undefined) return undefined;
  if (!peer.Online) return "offline";
  if (!peer.Active) return "idle";
  if (peer.CurAddr !== "") return "direct";
  return peer.PeerRelay === "" ? "derp" : "peer-relay";
}
