import { Cursor } from "./cursor.ts";

/** Integers of the kernel's 64 bits; beyond 2^53, doubles lose the last digits. */
export interface NfsStatistics {
  /** Seconds since it was mounted. */
  age: number;
  bytes: readonly bigint[];
  events: readonly bigint[];
  readonly transports: NfsTransport[];
  readonly operations: { readonly name: string; readonly counts: readonly bigint[] }[];
}

/** A connection to the server. */
export interface NfsTransport {
  readonly protocol: string;
  /** In the columns that TCP has. */
  readonly counts: readonly bigint[];
}

/** A mount as mountstats lists it. */
export interface MountStatistics {
  readonly device: string;
  readonly mountPoint: string;
  /** Undefined for anything but NFS. */
  readonly nfs: NfsStatistics | undefined;
}

const BYTES_COLUMNS = 8;
const EVENTS_COLUMNS = 27;
const OPERATION_COLUMNS = 8;

/** Columns of an `xprt:` line by version of the statistics and protocol: those it has, or has at least. */
const TRANSPORT_COLUMNS: Readonly<Record<string, number>> = {
  ...{ "1.0 tcp": 10, "1.0 udp": 7, "1.1 tcp": 13, "1.1 udp": 10, "1.1 rdma": 20 },
};

/** Where a protocol lacks three of TCP's columns: connections and idle times, or queues. */
const LACKING_COLUMNS_AT: Readonly<Record<string, number>> = { udp: 2, rdma: 10 };

/** Mounts in file order, which is that of mountinfo. */
export function parseMountStats(text: string): MountStatistics[] {
  const cursor = new Cursor(text, "mountstats");
  const mounts: MountStatistics[] = [];
  while (cursor.nextLine()) {
    const match = /^device (\S+) mounted on (\S+) with fstype (\S+)(?: statvers=(\S+))?\s*$/.exec(cursor.line);
    if (match) {
      const [, device = "", mountPoint = "", type = "", version] = match;
      if (version !== undefined && type !== "nfs" && type !== "nfs4") throw cursor.error();
      mounts.push({ device, mountPoint, nfs: version === undefined ? undefined : parseNfs(cursor, version) });
    } else if (cursor.line.startsWith("device ")) throw cursor.error();
  }
  return mounts;
}

/** What is below a mount's line, up to an empty one. */
function parseNfs(cursor: Cursor, version: string): NfsStatistics {
  const found: NfsStatistics = { age: 0, bytes: [], events: [], transports: [], operations: [] };
  let areOperations = false;
  while (cursor.nextLine() && cursor.hasField()) {
    const key = cursor.field();
    if (areOperations)
      found.operations.push({ name: key.replace(/:$/, ""), counts: counts(cursor, OPERATION_COLUMNS) });
    else if (key === "age:") found.age = cursor.unsigned();
    else if (key === "bytes:") found.bytes = exactly(cursor, BYTES_COLUMNS);
    else if (key === "events:") found.events = exactly(cursor, EVENTS_COLUMNS);
    else if (key === "xprt:") found.transports.push(parseTransport(cursor, version));
    else if (key === "per-op") areOperations = true;
  }
  return found;
}

function parseTransport(cursor: Cursor, version: string): NfsTransport {
  const protocol = cursor.field();
  const columns = TRANSPORT_COLUMNS[`${version} ${protocol}`];
  if (columns === undefined) throw cursor.error();
  const found = protocol === "rdma" ? counts(cursor, columns) : exactly(cursor, columns);
  const at = LACKING_COLUMNS_AT[protocol];
  return { protocol, counts: at === undefined ? found : [...found.slice(0, at), 0n, 0n, 0n, ...found.slice(at)] };
}

function exactly(cursor: Cursor, columns: number): bigint[] {
  const found = counts(cursor, columns);
  if (found.length > columns) throw cursor.error();
  return found;
}

/** What is left of the line: so many integers, or more. */
function counts(cursor: Cursor, atLeast: number): bigint[] {
  const found: bigint[] = [];
  while (cursor.hasField()) {
    const digits = cursor.field();
    if (!/^\d{1,20}$/.test(digits)) throw cursor.error();
    found.push(BigInt(digits));
  }
  if (found.length < atLeast) throw cursor.error();
  return found;
}
