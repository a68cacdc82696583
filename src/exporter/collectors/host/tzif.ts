import { posixZoneAt } from "./posix-zone.ts";
import type { Zone } from "./zone.ts";

/** Contents of a TZif file (RFC 9636). */
export interface TimeZone {
  /** Unix times at which another of `zones` comes into force, ascending. */
  readonly transitions: readonly number[];
  /** Index into `zones` for each transition. */
  readonly indexes: readonly number[];
  readonly zones: readonly (Zone & { readonly isDaylight: boolean })[];
  /** Rule for the time after the last transition, as in POSIX's `TZ`; the empty string when there is none. */
  readonly footer: string;
}

/** Bytes of a TZif header. */
const HEADER = 44;

/** @throws {SyntaxError} If it is not a TZif file. A file cut short is a RangeError. */
export function parseTimeZoneFile(bytes: Uint8Array): TimeZone {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (ascii(bytes, 0, 4) !== "TZif") throw new SyntaxError("Cannot parse time zone: no TZif file");
  // Version 1 has times of 32 bits only; later versions repeat everything with 64 bits.
  if (bytes[4] === 0) return parseBlock(bytes, view, 0, 4);
  return parseBlock(bytes, view, blockEnd(view, 0, 4), 8);
}

/** Counts of a header, in the order of the RFC. */
function countsAt(view: DataView, start: number) {
  const count = (i: number) => view.getUint32(start + 20 + 4 * i);
  return { isUt: count(0), isStd: count(1), leap: count(2), time: count(3), type: count(4), char: count(5) };
}

function blockEnd(view: DataView, start: number, timeBytes: number): number {
  const { isUt, isStd, leap, time, type, char } = countsAt(view, start);
  return start + HEADER + time * (timeBytes + 1) + type * 6 + char + leap * (timeBytes + 4) + isStd + isUt;
}

function parseBlock(bytes: Uint8Array, view: DataView, start: number, timeBytes: 4 | 8): TimeZone {
  const { time, type } = countsAt(view, start);
  const timesAt = start + HEADER;
  const indexesAt = timesAt + time * timeBytes;
  const typesAt = indexesAt + time;
  const namesAt = typesAt + type * 6;
  const timeAt = (at: number) => (timeBytes === 8 ? Number(view.getBigInt64(at)) : view.getInt32(at));
  return {
    transitions: Array.from({ length: time }, (_, i) => timeAt(timesAt + i * timeBytes)),
    indexes: Array.from({ length: time }, (_, i) => view.getUint8(indexesAt + i)),
    zones: Array.from({ length: type }, (_, i) => {
      const at = typesAt + i * 6;
      const nameAt = namesAt + view.getUint8(at + 5);
      const name = ascii(bytes, nameAt, bytes.indexOf(0, nameAt));
      return { name, offsetSeconds: view.getInt32(at), isDaylight: view.getUint8(at + 4) === 1 };
    }),
    footer: timeBytes === 8 ? ascii(bytes, blockEnd(view, start, 8), bytes.length).trim() : "",
  };
}

function ascii(bytes: Uint8Array, start: number, end: number): string {
  return String.fromCharCode(...bytes.subarray(start, end));
}

/** What is in force at a Unix time in seconds. */
export function timeZoneAt({ transitions, indexes, zones, footer }: TimeZone, unixSeconds: number): Zone {
  const next = transitions.findIndex((transition) => transition > unixSeconds);
  if (next < 0 && footer !== "") return posixZoneAt(footer, unixSeconds);
  const last = (next < 0 ? transitions.length : next) - 1;
  const zone = last < 0 ? (zones.find(({ isDaylight }) => !isDaylight) ?? zones[0]) : zones[indexes[last]!];
  if (!zone) throw new SyntaxError("Cannot parse time zone: no zone in it");
  return zone;
}
