import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { after, describe, test } from "node:test";
import { posixZoneAt } from "../../../../../src/exporter/collectors/host/posix-zone.ts";
import { parseTimeZoneFile, timeZoneAt } from "../../../../../src/exporter/collectors/host/tzif.ts";
import { zoneReader } from "../../../../../src/exporter/collectors/host/zone.ts";

const at = (text: string) => Date.parse(text) / 1000;

describe("posixZoneAt()", () => {
  for (const [rule, time, name, offsetSeconds] of [
    ["UTC0", "2026-07-01T00:00Z", "UTC", 0],
    ["<+0530>-5:30", "2026-07-01T00:00Z", "+0530", 19800],
    ["CET-1CEST,M3.5.0,M10.5.0/3", "2026-03-29T00:59:59Z", "CET", 3600],
    ["CET-1CEST,M3.5.0,M10.5.0/3", "2026-03-29T01:00:00Z", "CEST", 7200],
    ["CET-1CEST,M3.5.0,M10.5.0/3", "2026-10-25T00:59:59Z", "CEST", 7200],
    ["CET-1CEST,M3.5.0,M10.5.0/3", "2026-10-25T01:00:00Z", "CET", 3600],
    ["EST5EDT", "2026-07-01T00:00Z", "EDT", -14400],
    ["EST5EDT", "2026-12-01T00:00Z", "EST", -18000],
    ["AEST-10AEDT,M10.1.0,M4.1.0/3", "2026-01-01T00:00Z", "AEDT", 39600],
    ["AEST-10AEDT,M10.1.0,M4.1.0/3", "2026-07-01T00:00Z", "AEST", 36000],
    ["<+1030>-10:30<+11>-11,M10.1.0,M4.1.0", "2026-01-01T00:00Z", "+11", 39600],
    ["IST-1GMT0,M10.5.0,M3.5.0/1", "2026-12-01T00:00Z", "GMT", 0],
    ["XXX0YYY,J60,J61/0", "2024-02-29T03:00Z", "XXX", 0],
    ["XXX0YYY,J60,J61/0", "2024-03-01T03:00Z", "YYY", 3600],
    ["XXX0YYY,59,60/0", "2024-02-29T03:00Z", "YYY", 3600],
  ] as const) {
    test(`${rule} at ${time} is ${name}`, () => assert.deepEqual(posixZoneAt(rule, at(time)), { name, offsetSeconds }));
  }
  for (const rule of ["", "X", "CET", "CET-1CEST,nonsense,M10.5.0", "CET-1CEST,M3.5.0"]) {
    test(`rejects "${rule}"`, () => assert.throws(() => posixZoneAt(rule, at("2026-01-01T00:00Z")), SyntaxError));
  }
});

/** Big-endian numbers of so many bytes each. */
function numbers(bytes: 1 | 4 | 8, values: readonly number[]): number[] {
  return values.flatMap((value) => {
    return Array.from({ length: bytes }, (_, i) => Number((BigInt(value) >> BigInt(8 * (bytes - 1 - i))) & 255n));
  });
}

/** A TZif file: LMT until 1900, then standard time, summer time in 2000 for a while, then a rule (RFC 9636). */
function timeZoneFile(footer: string): Uint8Array {
  const names = "LMT\0STD\0DST\0";
  const transitions = [at("1900-01-01T00:00Z"), at("2000-04-01T00:00Z"), at("2000-10-01T00:00Z")];
  const magic = [...new TextEncoder().encode("TZif2"), ...Array(15).fill(0)];
  return new Uint8Array([
    ...magic,
    ...numbers(4, [0, 0, 0, 0, 0, 0]),
    ...magic,
    ...numbers(4, [0, 0, 0, transitions.length, 3, names.length]),
    ...numbers(8, transitions),
    ...numbers(1, [1, 2, 1]),
    ...[...numbers(4, [500]), 0, 0, ...numbers(4, [3600]), 0, 4, ...numbers(4, [7200]), 1, 8],
    ...new TextEncoder().encode(`${names}\n${footer}\n`),
  ]);
}

describe("timeZoneAt()", () => {
  const zone = parseTimeZoneFile(timeZoneFile("STD-1DST,M3.5.0,M10.5.0/3"));
  for (const [time, name] of [
    ["1850-01-01T00:00Z", "LMT"],
    ["1950-01-01T00:00Z", "STD"],
    ["2000-07-01T00:00Z", "DST"],
    ["2026-01-01T00:00Z", "STD"],
    ["2026-07-01T00:00Z", "DST"],
  ] as const) {
    test(`at ${time} is ${name}`, () => assert.equal(timeZoneAt(zone, at(time)).name, name));
  }

  test("stays with the last transition without a rule", () => {
    const withoutRule = parseTimeZoneFile(timeZoneFile(""));
    assert.equal(timeZoneAt(withoutRule, at("2026-07-01T00:00Z")).name, "STD");
  });
});

describe("parseTimeZoneFile()", () => {
  test("rejects what is no TZif file", () => {
    assert.throws(() => parseTimeZoneFile(new TextEncoder().encode("nonsense")), SyntaxError);
  });
  test("rejects a file cut short", () => {
    assert.throws(() => parseTimeZoneFile(timeZoneFile("").subarray(0, 100)), RangeError);
  });
});

describe("zoneReader()", () => {
  const folder = mkdtempSync(`${tmpdir()}/tsmon-zone-`);
  after(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(`${folder}/Home`, timeZoneFile("HOME-3"));
  writeFileSync(`${folder}/localtime`, timeZoneFile("LOCAL-4"));
  writeFileSync(`${folder}/broken`, "x");
  const files = { local: `${folder}/localtime`, databases: ["/nonexistent", folder] };

  for (const [name, tz, want] of [
    ["takes the machine's zone when TZ is not set", undefined, "LOCAL"],
    ["finds a zone by name", "Home", "HOME"],
    ["finds a zone by name after a colon", ":Home", "HOME"],
    ["reads a zone by path", `${folder}/Home`, "HOME"],
    ["takes the empty string for UTC", "", "UTC"],
    ["takes UTC for what it does not know", "Nowhere/At_All", "UTC"],
    ["takes UTC for a file that it cannot read", "broken", "UTC"],
    ["does not leave the database", "../Home", "UTC"],
  ] as const) {
    test(name, () => assert.equal(zoneReader(tz, files)(at("2026-07-01T00:00Z")).name, want));
  }

  test("takes UTC where the machine has no zone", () => {
    const zoneAt = zoneReader(undefined, { local: "/nonexistent", databases: [] });
    assert.deepEqual(zoneAt(0), { name: "UTC", offsetSeconds: 0 });
  });
});
