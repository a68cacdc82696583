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
type Optional<F extends Fields> = { readonly [K in keyof F]?: Kinds[F[K]] };

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
} as const satisfies Fields;

const SELF_FIELDS = {
  /** Parameters by capability, any JSON. */
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

/** One node in the answer of `status`: Self or a peer. Other fields of the answer are dropped. */
export type PeerStatus = Required<typeof PEER_FIELDS> & Optional<typeof OPTIONAL_PEER_FIELDS>;

/** This node, of which the answer tells its capabilities too. */
export type SelfStatus = PeerStatus & Optional<typeof SELF_FIELDS>;

/**
 * The value as this node.
 *
 * @throws {SyntaxError} If a field has another type. It names the field and quotes no value.
 */
export function toSelfStatus(value: unknown): SelfStatus {
  const node = toRecord(value, "Self");
  return { ...toPeerStatus(node, "Self"), ...readFields(node, {}, SELF_ENTRIES, "Self", true) };
}

/**
 * The members of `Peer`, which tailscaled names by their node key, but for those without an `ID`: so it lists a node for a
 * moment when it has just left the network map.
 *
 * By hand and not by a schema, since thousands of peers go through here.
 *
 * @throws {SyntaxError} As {@linkcode toSelfStatus}.
 */
export function toPeers(value: unknown): PeerStatus[] {
  const peers: PeerStatus[] = [];
  for (const [key, member] of Object.entries(toRecord(value, "Peer"))) {
    const peer = toPeerStatus(toRecord(member, `Peer.${key}`), `Peer.${key}`);
    if (peer.ID !== "") peers.push(peer);
  }
  return peers;
}

const PEER_ENTRIES = Object.entries(PEER_FIELDS);
const OPTIONAL_PEER_ENTRIES = Object.entries(OPTIONAL_PEER_FIELDS);
const SELF_ENTRIES = Object.entries(SELF_FIELDS);
const LOCATION_ENTRIES = Object.entries(LOCATION_FIELDS);

type AnyRecord = Record<string, unknown>;

function toPeerStatus(node: AnyRecord, path: string): PeerStatus {
  const peer = readFields(node, {}, PEER_ENTRIES, path, false);
  return readFields(node, peer, OPTIONAL_PEER_ENTRIES, path, true) as PeerStatus;
}

/** Copies fields that have the right type into `into`. An optional field that is null is left out. */
function readFields(
  node: AnyRecord,
  into: AnyRecord,
  entries: readonly [string, keyof Kinds][],
  path: string,
  optional: boolean,
): AnyRecord {
  for (const [field, kind] of entries) {
    const value = node[field];
    if (typeof value === kind && value !== null) into[field] = value;
    else if (!optional || (value !== undefined && value !== null))
      into[field] = convert(value, kind, `${path}.${field}`);
  }
  return into;
}

/** A value of one of the kinds that `typeof` does not tell. */
function convert(value: unknown, kind: keyof Kinds, path: string): unknown {
  if (kind === "id" && isInteger(value)) return String(value);
  if (kind === "strings" && isStrings(value)) return value;
  if (kind === "location") return readFields(toRecord(value, path), {}, LOCATION_ENTRIES, path, true);
  throw wrongType(path, kind, value);
}

/** An integer as `parseJson()` leaves it: a number, or its digits when they are many. */
function isInteger(value: unknown): boolean {
  return Number.isSafeInteger(value) || (typeof value === "string" && /^-?\d+$/.test(value));
}

function isStrings(value: unknown): boolean {
  return value === null || (Array.isArray(value) && value.every((item) => typeof item === "string"));
}

function toRecord(value: unknown, path: string): AnyRecord {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as AnyRecord;
  throw wrongType(path, "object", value);
}

const EXPECTED: Readonly<Partial<Record<keyof Kinds, string>>> = { id: "integer", strings: "list of strings" };

function wrongType(path: string, kind: keyof Kinds, value: unknown): SyntaxError {
  const found =
    value === undefined ? "nothing" : value === null ? "null" : Array.isArray(value) ? "list" : typeof value;
  return new SyntaxError(`${path}: expected ${EXPECTED[kind] ?? kind}, found ${found}`);
}
