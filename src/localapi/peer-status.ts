/** What a field may hold, and the type that it has here. An id is a 64-bit integer on the wire and its digits here. */
interface Kinds {
  string: string;
  number: number;
  boolean: boolean;
  id: string;
  strings: readonly string[] | null;
  object: Readonly<Record<string, unknown>>;
  location: Location;
}
type Fields = Readonly<Record<string, keyof Kinds>>;
type Required<F extends Fields> = { readonly [K in keyof F]: Kinds[F[K]] };
type Optional<F extends Fields> = { readonly [K in keyof F]?: Kinds[F[K]] | null };

const PEER_FIELDS = {
  /** Stable node id. Empty before login. */
  ID: "string",
  /** What the node calls itself: free text, not unique. */
  HostName: "string",
  /** MagicDNS name with its final dot. Empty without a network map. */
  DNSName: "string",
  OS: "string",
  /** Key of the owner in the status's `User`. Of a node with tags it is a pseudo user. */
  UserID: "id",
  TailscaleIPs: "strings",
  /** Address of the direct path in use. Empty when relayed and when idle. */
  CurAddr: "string",
  /** Code of the node's home DERP region, whether or not traffic goes through it. */
  Relay: "string",
  RxBytes: "number",
  TxBytes: "number",
  LastWrite: "string",
  /** Of use only for a node that is offline. */
  LastSeen: "string",
  LastHandshake: "string",
  /** Of a peer: the control plane reports it connected. Of self: connected to the control plane. */
  Online: "boolean",
  ExitNode: "boolean",
  ExitNodeOption: "boolean",
  /** Something was sent to it within 45 seconds. */
  Active: "boolean",
  InNetworkMap: "boolean",
  InMagicSock: "boolean",
  /** WireGuard has the peer; without that its byte counts mean nothing. */
  InEngine: "boolean",
} as const satisfies Fields;

const OPTIONAL_PEER_FIELDS = {
  Tags: "strings",
  /** Routes for which the node is the elected router. */
  PrimaryRoutes: "strings",
  AllowedIPs: "strings",
  /** `address:port:vni:N` of the peer relay in use. Since tailscaled 1.86. */
  PeerRelay: "string",
  ShareeNode: "boolean",
  Expired: "boolean",
  /** Absent when the key does not expire. */
  KeyExpiry: "string",
  Location: "location",
  AltSharerUserID: "id",
  /** Capabilities of the node. Read it of Self only. */
  CapMap: "object",
} as const satisfies Fields;

const LOCATION_FIELDS = {
  Country: "string",
  CountryCode: "string",
  City: "string",
  CityCode: "string",
  Latitude: "number",
  Longitude: "number",
  Priority: "number",
} as const satisfies Fields;

/** Where a node says that it is. Set for Mullvad exit nodes. */
export type Location = Optional<typeof LOCATION_FIELDS>;

/** One node in the answer of `status`: Self or a peer. Fields that are not named here are there too, unchecked. */
export type PeerStatus = Required<typeof PEER_FIELDS> & Optional<typeof OPTIONAL_PEER_FIELDS>;

/** Peers by node key. The node key changes when a node logs in again: `ID` is what identifies it. */
export type PeerMap = Readonly<Record<string, PeerStatus>>;

/**
 * The value as a node, checked in place: thousands of peers go through here at every scrape, and a copy of each costs more
 * time and memory than all the rest of the answer.
 *
 * @throws {SyntaxError} If a field has another type. It names the field and quotes no value.
 */
export function toPeerStatus(value: unknown, path: string): PeerStatus {
  const node = toRecord(value, path);
  checkFields(node, PEER_ENTRIES, path, false);
  checkFields(node, OPTIONAL_PEER_ENTRIES, path, true);
  return node as PeerStatus;
}

/**
 * The value as peers, checked in place. Entries without an `ID` are left out: tailscaled lists a node so for a moment
 * when it has just left the network map.
 *
 * @throws {SyntaxError} As {@linkcode toPeerStatus}.
 */
export function toPeerMap(value: unknown): PeerMap | null {
  if (value === null || value === undefined) return null;
  const peers = toRecord(value, "Peer");
  for (const key in peers) {
    if (toPeerStatus(peers[key], `Peer.${key}`).ID === "") delete peers[key];
  }
  return peers as PeerMap;
}

const PEER_ENTRIES = Object.entries(PEER_FIELDS);
const OPTIONAL_PEER_ENTRIES = Object.entries(OPTIONAL_PEER_FIELDS);
const LOCATION_ENTRIES = Object.entries(LOCATION_FIELDS);

type MutableRecord = Record<string, unknown>;

function checkFields(node: MutableRecord, entries: [string, keyof Kinds][], path: string, optional: boolean): void {
  for (const [field, kind] of entries) {
    const value = node[field];
    // The common case first: most fields are of a primitive type and right.
    if (typeof value === kind && (kind !== "object" || value !== null)) continue;
    if (optional && (value === undefined || value === null)) continue;
    if (kind === "id" && isInteger(value)) node[field] = String(value);
    else if (kind === "location") checkFields(toRecord(value, `${path}.${field}`), LOCATION_ENTRIES, path, true);
    else if (kind !== "strings" || !isStrings(value)) throw wrongType(`${path}.${field}`, kind, value);
  }
}

/** An integer as {@linkcode parseJson} leaves it: a number, or its digits when they are many. */
function isInteger(value: unknown): boolean {
  return Number.isSafeInteger(value) || (typeof value === "string" && /^-?\d+$/.test(value));
}

function isStrings(value: unknown): boolean {
  return value === null || (Array.isArray(value) && value.every((item) => typeof item === "string"));
}

function toRecord(value: unknown, path: string): MutableRecord {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as MutableRecord;
  throw wrongType(path, "object", value);
}

const EXPECTED: Readonly<Partial<Record<keyof Kinds, string>>> = { id: "integer", strings: "list of strings" };

function wrongType(path: string, kind: keyof Kinds, value: unknown): SyntaxError {
  const found =
    value === undefined ? "nothing" : value === null ? "null" : Array.isArray(value) ? "list" : typeof value;
  return new SyntaxError(`${path}: expected ${EXPECTED[kind] ?? kind}, found ${found}`);
}
