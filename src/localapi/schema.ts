import * as z from "zod/mini";
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

// A schema takes some 20 µs: those of plain values are made once, and those of answers when the first of them comes.
const text = z.string();
const maybeText = z.optional(text);
const maybeFlag = z.optional(z.boolean());
const maybeStrings = z.nullish(z.array(text));

/** A 64-bit id: an integer on the wire, its exact digits here. */
const Id = z.lazy(() => z.pipe(z.union([z.int(), z.string().check(z.regex(/^-?\d+$/))]), z.transform(String)));

/** A user, or the pseudo user that owns nodes with tags. */
export const UserProfile = z.lazy(() => z.object({ ID: Id, LoginName: text }));
export type UserProfile = z.infer<typeof UserProfile>;

const StatusHead = z.lazy(() =>
  z.object({
    /** Long form, such as `1.102.3-t9329c3677-ga522f65e9`. */
    Version: text,
    /** False with userspace networking. Since tailscaled 1.36. */
    TUN: maybeFlag,
    /** One of {@linkcode BACKEND_STATES}, or a newer one. */
    BackendState: text,
    TailscaleIPs: maybeStrings,
    /** The exit node in use. May lag behind the peer that has `ExitNode` set. */
    ExitNodeStatus: z.nullish(z.object({ ID: text })),
    /** Text for people in no stable order. */
    Health: maybeStrings,
    MagicDNSSuffix: maybeText,
    /** Null without a network map. */
    CurrentTailnet: z.nullish(z.object({ Name: text, MagicDNSSuffix: text })),
    CertDomains: maybeStrings,
    /** By user id. Null when there is none. */
    User: z.nullish(z.record(text, UserProfile)),
    /** Null unless this node checks for updates. */
    ClientVersion: z.nullish(
      z.object({
        RunningLatest: maybeFlag,
        LatestVersion: maybeText,
        UrgentSecurityUpdate: maybeFlag,
      }),
    ),
    Self: z.unknown(),
    Peer: z.unknown(),
  }),
);

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
 * @throws {z.core.$ZodError | SyntaxError} If a field has another type.
 */
export function toStatus(value: unknown, peers?: readonly PeerStatus[]): Status {
  const { Self, Peer, ...head } = StatusHead.parse(value);
  const isAbsent = Peer === null || Peer === undefined;
  return { ...head, Self: toSelfStatus(Self), Peer: peers ?? (isAbsent ? null : toPeers(Peer)) };
}

const NetInfo = z.lazy(() =>
  z.object({
    /** Seconds by `<region id>-v4` and `<region id>-v6`. */
    DERPLatency: z.nullish(z.record(text, z.number())),
  }),
);

const Hostinfo = z.lazy(() =>
  z.object({
    /** Most often there for this node alone. */
    NetInfo: z.nullish(NetInfo),
  }),
);

/** A node as `whois` describes it (upstream: tailcfg.Node, which makes ever more fields optional). */
const WhoisNode = z.lazy(() =>
  z.object({
    ID: z.optional(Id),
    StableID: text,
    /** MagicDNS name with its final dot. */
    Name: text,
    User: z.optional(Id),
    Tags: maybeStrings,
    Hostinfo: z.nullish(Hostinfo),
  }),
);

/** Who is behind an address, and what the policy grants them on this node. */
export const Whois = z.lazy(() =>
  z.object({
    Node: WhoisNode,
    UserProfile,
    /** Parameters by capability, any JSON. Null when nothing is granted; a null list is a grant without parameters. */
    CapMap: z.nullish(z.record(text, z.nullable(z.array(z.unknown())))),
  }),
);
export type Whois = z.infer<typeof Whois>;

/** Settings of this node (upstream: ipn.Prefs), without the login that upstream keeps in `Config`. */
export const Prefs = z.lazy(() =>
  z.object({
    /** Refuses connections from other nodes. */
    ShieldsUp: maybeFlag,
    AdvertiseRoutes: maybeStrings,
  }),
);
export type Prefs = z.infer<typeof Prefs>;

/** A DERP region. */
const DerpRegion = z.lazy(() => z.object({ RegionID: z.int(), RegionCode: text, RegionName: text }));

/** The tailnet's DERP regions by id (upstream: tailcfg.DERPMap). Null before there is a network map. */
export const DerpMap = z.lazy(() => z.nullable(z.object({ Regions: z.nullish(z.record(text, DerpRegion)) })));
export type DerpMap = z.infer<typeof DerpMap>;

/** Kinds of ping, spelled as tailscaled wants them. */
export type PingType = "disco" | "TSMP" | "ICMP" | "peerapi";

/** Outcome of a ping (upstream: ipnstate.PingResult). A ping that failed has `Err` set and no latency. */
export const PingResult = z.lazy(() =>
  z.object({
    /** Empty when the ping was answered. */
    Err: text,
    LatencySeconds: z.number(),
    /** `address:port` when the answer came directly. Only disco pings tell the path. */
    Endpoint: maybeText,
    /** `address:port:vni:N` when it came through a peer relay. */
    PeerRelay: maybeText,
    /** Not 0 when it came through DERP. */
    DERPRegionID: z.optional(z.int()),
    DERPRegionCode: maybeText,
  }),
);
export type PingResult = z.infer<typeof PingResult>;
