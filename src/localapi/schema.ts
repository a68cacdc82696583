import * as z from "zod";
import { type PeerStatus, type SelfStatus, toPeers, toSelfStatus } from "./peer-status.ts";

/** States of tailscaled's backend. The index is the number that the IPN bus sends. Source: ipn/backend.go. */
export const BACKEND_STATES = [
  "NoState",
  "InUseOtherUser",
  "NeedsLogin",
  "NeedsMachineAuth",
  "Stopped",
  "Starting",
  "Running",
] as const;

const strings = z.array(z.string());

/** A 64-bit id: an integer on the wire, its exact digits here. */
const Id = z.union([z.int(), z.string().regex(/^-?\d+$/)]).transform(String);

/** A user, or the pseudo user that owns nodes with tags. */
export const UserProfile = z.object({ ID: Id, LoginName: z.string(), DisplayName: z.string() });
export type UserProfile = z.infer<typeof UserProfile>;

const StatusHead = z.object({
  /** Long form, such as `1.102.3-t9329c3677-ga522f65e9`. */
  Version: z.string(),
  /** False with userspace networking. Since tailscaled 1.36. */
  TUN: z.boolean().optional(),
  /** One of {@linkcode BACKEND_STATES}, or a newer one. */
  BackendState: z.string(),
  HaveNodeKey: z.boolean().optional(),
  TailscaleIPs: strings.nullish(),
  /** The exit node in use. Its addresses are prefixes. May lag behind the peer that has `ExitNode` set. */
  ExitNodeStatus: z.object({ ID: z.string(), Online: z.boolean(), TailscaleIPs: strings.nullish() }).nullish(),
  /** Text for people in no stable order. */
  Health: strings.nullish(),
  MagicDNSSuffix: z.string().optional(),
  /** Null without a network map. */
  CurrentTailnet: z.object({ Name: z.string(), MagicDNSSuffix: z.string(), MagicDNSEnabled: z.boolean() }).nullish(),
  CertDomains: strings.nullish(),
  /** By user id. Null when there is none. */
  User: z.record(z.string(), UserProfile).nullish(),
  /** Null unless this node checks for updates. */
  ClientVersion: z
    .object({
      RunningLatest: z.boolean().optional(),
      LatestVersion: z.string().optional(),
      UrgentSecurityUpdate: z.boolean().optional(),
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
  PreferredDERP: z.int().optional(),
  /** Seconds by `<region id>-v4` and `<region id>-v6`. */
  DERPLatency: z.record(z.string(), z.number()).nullish(),
});

const Hostinfo = z.object({
  OS: z.string().optional(),
  Hostname: z.string().optional(),
  /** Most often there for this node alone. */
  NetInfo: NetInfo.nullish(),
});

/** A node as `whois` describes it (upstream: tailcfg.Node, which makes ever more fields optional). */
const WhoisNode = z.object({
  ID: Id.optional(),
  StableID: z.string(),
  /** MagicDNS name with its final dot. */
  Name: z.string(),
  User: Id.optional(),
  Sharer: Id.optional(),
  Addresses: strings.nullish(),
  Tags: strings.nullish(),
  KeyExpiry: z.string().optional(),
  /** Absent when not known. */
  Online: z.boolean().nullish(),
  Expired: z.boolean().optional(),
  Hostinfo: Hostinfo.nullish(),
});

/** Who is behind an address, and what the policy grants them on this node. */
export const Whois = z.object({
  Node: WhoisNode,
  UserProfile,
  /** Parameters by capability, any JSON. Null when nothing is granted; a null list is a grant without parameters. */
  CapMap: z.record(z.string(), z.array(z.unknown()).nullable()).nullish(),
});
export type Whois = z.infer<typeof Whois>;

/** Settings of this node (upstream: ipn.Prefs), without the login that upstream keeps in `Config`. */
export const Prefs = z.object({
  ControlURL: z.string().optional(),
  /** Accepts the routes of other nodes. */
  RouteAll: z.boolean().optional(),
  ExitNodeID: z.string().optional(),
  ExitNodeIP: z.string().optional(),
  /** Accepts the tailnet's DNS settings. */
  CorpDNS: z.boolean().optional(),
  RunSSH: z.boolean().optional(),
  RunWebClient: z.boolean().optional(),
  WantRunning: z.boolean().optional(),
  LoggedOut: z.boolean().optional(),
  ShieldsUp: z.boolean().optional(),
  AdvertiseTags: strings.nullish(),
  AdvertiseRoutes: strings.nullish(),
  AdvertiseServices: strings.nullish(),
  Hostname: z.string().optional(),
  OperatorUser: z.string().optional(),
  AutoUpdate: z.object({ Check: z.boolean().optional(), Apply: z.boolean().nullish() }).optional(),
});
export type Prefs = z.infer<typeof Prefs>;

const DerpNode = z.object({
  Name: z.string(),
  RegionID: z.int(),
  HostName: z.string(),
  CertName: z.string().optional(),
  IPv4: z.string().optional(),
  IPv6: z.string().optional(),
  /** 0 or absent is 3478, -1 is none. */
  STUNPort: z.int().optional(),
  STUNOnly: z.boolean().optional(),
  /** 0 or absent is 443. */
  DERPPort: z.int().optional(),
  CanPort80: z.boolean().optional(),
  InsecureForTests: z.boolean().optional(),
});

/** A DERP region and its servers. */
const DerpRegion = z.object({
  RegionID: z.int(),
  RegionCode: z.string(),
  RegionName: z.string(),
  Latitude: z.number().optional(),
  Longitude: z.number().optional(),
  Avoid: z.boolean().optional(),
  NoMeasureNoHome: z.boolean().optional(),
  Nodes: z.array(DerpNode).nullish(),
});

/** The tailnet's DERP regions by id (upstream: tailcfg.DERPMap). Null before there is a network map. */
export const DerpMap = z.object({ Regions: z.record(z.string(), DerpRegion).nullish() }).nullable();
export type DerpMap = z.infer<typeof DerpMap>;

/** Kinds of ping, spelled as tailscaled wants them. */
export type PingType = "disco" | "TSMP" | "ICMP" | "peerapi";

/** Outcome of a ping (upstream: ipnstate.PingResult). A ping that failed has `Err` set and no latency. */
export const PingResult = z.object({
  IP: z.string(),
  NodeIP: z.string(),
  NodeName: z.string(),
  /** Empty when the ping was answered. */
  Err: z.string(),
  LatencySeconds: z.number(),
  /** `address:port` when the answer came directly. Only disco pings tell the path. */
  Endpoint: z.string().optional(),
  /** `address:port:vni:N` when it came through a peer relay. */
  PeerRelay: z.string().optional(),
  /** Not 0 when it came through DERP. */
  DERPRegionID: z.int().optional(),
  DERPRegionCode: z.string().optional(),
  IsLocalIP: z.boolean().optional(),
});
export type PingResult = z.infer<typeof PingResult>;
