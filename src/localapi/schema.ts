import * as z from "zod";
import { type PeerStatus, type SelfStatus, toPeers, toSelfStatus } from "./peer-status.ts";

/** States of tailscaled's backend. Source: ipn/backend.go. */
export const BACKEND_STATES = [
  "NoState",
  "InUseOtherUser",
  "NeedsLogin",
  "NeedsMachineAuth",
  "Stopped",
  "Starting",
  "Running",
] as const;

// A schema takes some 20 µs of every start: those of plain values are made once.
const text = z.string();
const maybeText = text.optional();
const maybeFlag = z.boolean().optional();
const maybeStrings = z.array(text).nullish();

/** A 64-bit id: an integer on the wire, its exact digits here. */
const Id = z.union([z.int(), z.string().regex(/^-?\d+$/)]).transform(String);

/** A user, or the pseudo user that owns nodes with tags. */
export const UserProfile = z.object({ ID: Id, LoginName: text });
export type UserProfile = z.infer<typeof UserProfile>;

const StatusHead = z.object({
  /** Long form, such as `1.102.3-t9329c3677-ga522f65e9`. */
  Version: text,
  /** False with userspace networking. Since tailscaled 1.36. */
  TUN: maybeFlag,
  /** One of {@linkcode BACKEND_STATES}, or a newer one. */
  BackendState: text,
  TailscaleIPs: maybeStrings,
  /** The exit node in use. May lag behind the peer that has `ExitNode` set. */
  ExitNodeStatus: z.object({ ID: text }).nullish(),
  /** Text for people in no stable order. */
  Health: maybeStrings,
  MagicDNSSuffix: maybeText,
  /** Null without a network map. */
  CurrentTailnet: z.object({ Name: text, MagicDNSSuffix: text }).nullish(),
  CertDomains: maybeStrings,
  /** By user id. Null when there is none. */
  User: z.record(text, UserProfile).nullish(),
  /** Null unless this node checks for updates. */
  ClientVersion: z
    .object({
      RunningLatest: maybeFlag,
      LatestVersion: maybeText,
      UrgentSecurityUpdate: maybeFlag,
    })
    .nullish(),
  Self: z.unknown(),
  Peer: z.unknown(),
});

/** State of this node and its peers (upstream: ipnstate.Status). What is not named here is dropped, the login link too. */
export interface Status extends Omit<z.infer<typeof StatusHead>, "Self" | "Peer"> {
  readonly Self: SelfStatus;
  /**
   * Null without a network map, and when peers were not asked for. The node key, by which tailscaled names them, changes when
   * a node logs in again: `ID` is what identifies it.
   */
  readonly Peer: readonly PeerStatus[] | null;
}

/**
 * The value as a status. `peers` are those that were read from their members beforehand.
 *
 * @throws {z.ZodError | SyntaxError} If a field has another type.
 */
export function toStatus(value: unknown, peers?: readonly PeerStatus[]): Status {
  const { Self, Peer, ...head } = StatusHead.parse(value);
  const isAbsent = Peer === null || Peer === undefined;
  return { ...head, Self: toSelfStatus(Self), Peer: peers ?? (isAbsent ? null : toPeers(Peer)) };
}

const NetInfo = z.object({
  /** Seconds by `<region id>-v4` and `<region id>-v6`. */
  DERPLatency: z.record(text, z.number()).nullish(),
});

const Hostinfo = z.object({
  /** Most often there for this node alone. */
  NetInfo: NetInfo.nullish(),
});

/** A node as `whois` describes it (upstream: tailcfg.Node, which makes ever more fields optional). */
const WhoisNode = z.object({
  ID: Id.optional(),
  StableID: text,
  /** MagicDNS name with its final dot. */
  Name: text,
  User: Id.optional(),
  Tags: maybeStrings,
  Hostinfo: Hostinfo.nullish(),
});

/** Who is behind an address, and what the policy grants them on this node. */
export const Whois = z.object({
  Node: WhoisNode,
  UserProfile,
  /** Parameters by capability, any JSON. Null when nothing is granted; a null list is a grant without parameters. */
  CapMap: z.record(text, z.array(z.unknown()).nullable()).nullish(),
});
export type Whois = z.infer<typeof Whois>;

/** Settings of this node (upstream: ipn.Prefs), without the login that upstream keeps in `Config`. */
export const Prefs = z.object({
  /** Refuses connections from other nodes. */
  ShieldsUp: maybeFlag,
  AdvertiseRoutes: maybeStrings,
});
export type Prefs = z.infer<typeof Prefs>;

/** A DERP region. */
const DerpRegion = z.object({ RegionID: z.int(), RegionCode: text, RegionName: text });

/** The tailnet's DERP regions by id (upstream: tailcfg.DERPMap). Null before there is a network map. */
export const DerpMap = z.object({ Regions: z.record(text, DerpRegion).nullish() }).nullable();
export type DerpMap = z.infer<typeof DerpMap>;

/** Kinds of ping, spelled as tailscaled wants them. */
export type PingType = "disco" | "TSMP" | "ICMP" | "peerapi";

/** Outcome of a ping (upstream: ipnstate.PingResult). A ping that failed has `Err` set and no latency. */
export const PingResult = z.object({
  /** Empty when the ping was answered. */
  Err: text,
  LatencySeconds: z.number(),
  /** `address:port` when the answer came directly. Only disco pings tell the path. */
  Endpoint: maybeText,
  /** `address:port:vni:N` when it came through a peer relay. */
  PeerRelay: maybeText,
  /** Not 0 when it came through DERP. */
  DERPRegionID: z.int().optional(),
  DERPRegionCode: maybeText,
});
export type PingResult = z.infer<typeof PingResult>;
