import type { Path } from "../localapi/path.ts";
import { timestampSeconds } from "../localapi/time.ts";

/** A device of the tailnet, as its control plane and this node's tailscaled describe it. What is not known is absent. */
export interface FleetDevice {
  /** Stable node id. */
  readonly id: string;
  /** The control plane's other id, which rivals have in their labels. */
  readonly legacyId?: string | undefined;
  /** First label of its MagicDNS name; the full name when it is shared in. Not unique. */
  readonly name: string;
  readonly dnsName?: string | undefined;
  /** What the device calls itself: free text. */
  readonly hostname?: string | undefined;
  readonly os?: string | undefined;
  readonly distro?: string | undefined;
  /** Long form, such as `1.102.3-t9329c3677`. */
  readonly version?: string | undefined;
  /** Login name of its owner. */
  readonly user?: string | undefined;
  readonly tags: readonly string[];
  readonly ipv4?: string | undefined;
  readonly ipv6?: string | undefined;

  /** Connected to the control plane, by its own word. */
  readonly connected?: boolean | undefined;
  /** Connected to the control plane, by tailscaled's network map. */
  readonly seenOnline?: boolean | undefined;
  readonly lastSeenSeconds?: number | undefined;
  /** Whether the control plane gives a last sight that is no time, such as year 1, and so knows of no connection. */
  readonly neverSeen?: boolean | undefined;
  readonly createdSeconds?: number | undefined;
  /** When its key expires; absent when it does not, or nobody says. */
  readonly keyExpirySeconds?: number | undefined;
  readonly keyExpiryDisabled?: boolean | undefined;

  readonly authorized?: boolean | undefined;
  readonly external?: boolean | undefined;
  readonly updateAvailable?: boolean | undefined;
  readonly blocksIncoming?: boolean | undefined;
  readonly ephemeral?: boolean | undefined;
  readonly multipleConnections?: boolean | undefined;
  readonly ssh?: boolean | undefined;
  readonly lockError?: boolean | undefined;

  readonly advertisedRoutes?: readonly string[] | undefined;
  readonly enabledRoutes?: readonly string[] | undefined;
  /** Routes for which it is the elected router. */
  readonly primaryRoutes?: readonly string[] | undefined;
  readonly exitNodeOption?: boolean | undefined;

  readonly latencies?: readonly Latency[] | undefined;
  readonly endpoints?: number | undefined;
  readonly mappingVaries?: boolean | undefined;
  readonly supports?: readonly (readonly [feature: string, supported: boolean])[] | undefined;
  readonly serialNumbers?: number | undefined;
  readonly postureDisabled?: boolean | undefined;

  /** How this node reaches it now. */
  readonly path?: Path | undefined;
  /** Code of its home DERP region. */
  readonly derpRegion?: string | undefined;
  readonly lastHandshakeSeconds?: number | undefined;
  /** Whether it is the node on which this runs. */
  readonly isSelf?: boolean | undefined;
}

/** Round-trip time from a device to a DERP region. */
export interface Latency {
  /** Name of the region for people. */
  readonly region: string;
  readonly seconds: number;
  readonly preferred: boolean;
}

/** Routes that stand for the whole internet: who advertises them is an exit node. */
const EXIT_ROUTES: ReadonlySet<string> = new Set(["0.0.0.0/0", "::/0"]);

/** Whether a route is one of an exit node. */
export function isExitRoute(route: string): boolean {
  return EXIT_ROUTES.has(route);
}

/** How old a last sight may be to count as online, in seconds. */
const FRESH_SECONDS = 300;

/**
 * Whether a device is connected to the control plane: by its word, else by tailscaled's network map, else by its last
 * sight, which the API leaves out for those that are connected.
 *
 * @param askedSeconds When the answer was given.
 */
export function isOnline(device: FleetDevice, askedSeconds: number): boolean {
  const { connected, seenOnline, lastSeenSeconds, neverSeen = false } = device;
  if (connected !== undefined) return connected;
  if (seenOnline !== undefined) return seenOnline;
  return lastSeenSeconds === undefined ? !neverSeen : askedSeconds - lastSeenSeconds < FRESH_SECONDS;
}

/** Of a device's last sight as a control plane writes it: its time, or that there was none. Empty is as good as absent. */
export function lastSeenOf(text: string | undefined): Pick<FleetDevice, "lastSeenSeconds" | "neverSeen"> {
  const lastSeenSeconds = timestampSeconds(text);
  return { lastSeenSeconds, neverSeen: Boolean(text) && lastSeenSeconds === undefined };
}

/** `1.102.3` of a long version; undefined for text that is none. */
export function shortVersion(version: string | undefined): string | undefined {
  return /^v?(\d+\.\d+\.\d+)/.exec(version ?? "")?.[1];
}

/** Longest text that becomes a label value. */
const MAX_TEXT = 256;

/** Text from outside, not longer than a label should be; undefined when there is none. */
export function clipped(text: string | undefined): string | undefined {
  if (text === undefined || text === "") return undefined;
  return text.length <= MAX_TEXT ? text : `${text.slice(0, MAX_TEXT - 1)}…`;
}

/** As {@linkcode clipped}, of several: each once, since series of the same would be too. */
export function uniqueTexts(texts: readonly string[] | undefined): readonly string[] | undefined {
  return texts && [...new Set(texts.map((text) => clipped(text) ?? ""))];
}

/** Texts that many devices have, each kept once. */
const SHARED = new Map<string, string>();
/** Most of them: what is rarer is not worth it. */
const MAX_SHARED = 10_000;

/** As {@linkcode clipped}, for a text that many devices have in common: a parser makes a new one each time. */
export function shared(text: string | undefined): string | undefined {
  const short = clipped(text);
  if (short === undefined) return undefined;
  const known = SHARED.get(short);
  if (known === undefined && SHARED.size < MAX_SHARED) SHARED.set(short, short);
  return known ?? short;
}

const SHARED_LISTS = new Map<string, readonly unknown[]>();

/** A list that many devices have in common, such as of tags, once: a collector of garbage looks at each. */
export function sharedList<Item>(items: readonly Item[]): readonly Item[] {
  const key = JSON.stringify(items);
  const known = SHARED_LISTS.get(key) as readonly Item[] | undefined;
  if (known === undefined && SHARED_LISTS.size < MAX_SHARED) SHARED_LISTS.set(key, items);
  return known ?? items;
}

/** The device with each fact that it lacks from another source's description of it. */
export function mergeFacts(device: FleetDevice, other: FleetDevice): FleetDevice {
  const known = Object.entries(device).filter(([, value]) => value !== undefined);
  return {
    ...other,
    ...Object.fromEntries(known),
    tags: device.tags.length > 0 ? device.tags : other.tags,
  } as FleetDevice;
}

/** Devices without those of an id that was there already, and how many those are. */
export function unique(devices: readonly FleetDevice[]): { devices: FleetDevice[]; duplicates: number } {
  const byId = new Map<string, FleetDevice>();
  for (const device of devices) if (!byId.has(device.id)) byId.set(device.id, device);
  return { devices: [...byId.values()], duplicates: devices.length - byId.size };
}
