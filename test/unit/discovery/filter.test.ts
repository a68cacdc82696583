import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { describe, test } from "node:test";
import { parseFilter, wants } from "../../../src/discovery/filter.ts";
import { globMatches } from "../../../src/discovery/glob.ts";
import { hashmod } from "../../../src/discovery/hashmod.ts";
import { targetsOf } from "../../../src/discovery/target.ts";
import { deviceOf } from "./device.ts";

const DEVICES = [
  deviceOf(1, { tags: ["tag:web", "tag:prod"] }),
  deviceOf(2, { tags: ["tag:db"], user: undefined, os: "macOS" }),
  deviceOf(3, { online: false }),
  deviceOf(4, { online: undefined, name: "other.example.ts.net", dnsName: "other.example.ts.net" }),
];
const PLAIN = [9100, 9187].map((port) => ({ port, path: "/metrics" }));
const AGENTS = new Map([["n1", { exporters: [{ name: "tsmon", path: "/metrics", labels: {} }] }]]);
const TARGETS = targetsOf(DEVICES, AGENTS, { address: "ipv4", agentPort: 5253, agentTags: [], plain: PLAIN });

/** Ids of the devices, in order and once each, whose targets a query wants. */
function wanted(query: string): string {
  const filter = parseFilter(new URLSearchParams(query));
  const ids = TARGETS.filter((target) => wants(filter, target)).map(({ device }) => device.id.slice(1));
  return [...new Set(ids)].join();
}

describe("parseFilter() and wants()", () => {
  for (const [query, want] of [
    ["", "1,2,3,4"],
    ["tag=web", "1"],
    ["tag=tag:web", "1"],
    ["tag=w*&tag=db", "1,2"],
    ["tag=web&os=macos", ""],
    ["name=host-*", "1,2,3"],
    ["name=HOST-2", "2"],
    ["name=host-?.lab.ts.net", "1,2,3"],
    ["os=mac*", "2"],
    ["user=*@example.com", "1,3,4"],
    ["exporter=ts*", "1"],
    ["exporter=nothing", ""],
    ["online=true", "1,2,4"],
    ["online=false", "3"],
    ["online=true&online=false", "1,2,3,4"],
    ["port=5253", "1"],
    ["port=9100&port=5253", "1,2,3,4"],
  ] as const) {
    test(`${JSON.stringify(query)} wants ${want || "nothing"}`, () => assert.equal(wanted(query), want));
  }

  for (const [query, message] of [
    ["tags=web", /^Unknown parameter "tags": expected tag, name, /],
    ["online=yes", /^Parameter online is "yes": expected true or false$/],
    ["port=0", /^Parameter port is "0": expected a number from 1 to 65535$/],
    ["port=1e3", /^Parameter port /],
    ["shard=1", /go together/],
    ["shard=2&of=2", /^Parameter shard is "2": expected a number from 0 to 1$/],
    ["shard=0&of=0", /^Parameter of /],
    ["shard=0&shard=1&of=2", /go together/],
    [`name=${"*a".repeat(200)}`, /longer than/],
    ["tag=a&".repeat(65), /^Too many/],
  ] as const) {
    test(`refuses ${query.slice(0, 30)}`, () => {
      assert.throws(() => parseFilter(new URLSearchParams(query)), { name: "FilterError", message });
    });
  }

  test("shards are the same for targets by way of discover, which have one address", () => {
    const options = { address: "ipv4", agentPort: 5253, agentTags: [], plain: PLAIN } as const;
    const through = targetsOf(DEVICES, AGENTS, { ...options, via: "127.0.0.1:5254" });
    for (const shard of [0, 1, 2]) {
      const filter = parseFilter(new URLSearchParams(`shard=${shard}&of=3`));
      const keysOf = (targets: typeof TARGETS) =>
        targets.filter((target) => wants(filter, target)).map(({ device, key }) => `${device.id}/${key}`);
      assert.deepEqual(keysOf(through), keysOf(TARGETS));
    }
  });

  test("shards part the targets without remainder", () => {
    const parts = [0, 1, 2].map((shard) => {
      const filter = parseFilter(new URLSearchParams(`shard=${shard}&of=3`));
      return TARGETS.filter((target) => wants(filter, target)).length;
    });
    assert.equal(
      parts.reduce((a, b) => a + b),
      TARGETS.length,
    );
  });
});

describe("hashmod()", () => {
  test("is the last eight bytes of the MD5, as Prometheus has it, for any modulus", () => {
    for (const modulus of [1, 2, 3, 7, 1000, 65_537, 2 ** 20]) {
      for (const text of ["", "100.64.0.1:5253", "[fd7a:115c:a1e0::1]:5253", "ж"]) {
        const last = createHash("md5").update(text).digest().subarray(8);
        assert.equal(hashmod(text, modulus), Number(last.readBigUInt64BE() % BigInt(modulus)), `${text} ${modulus}`);
      }
    }
  });
});

describe("globMatches()", () => {
  for (const [pattern, text, want] of [
    ["", "", true],
    ["*", "", true],
    ["?", "", false],
    ["a*c", "abbc", true],
    ["a*c", "abcd", false],
    ["*.lab.*", "x.lab.ts", true],
    ["a.c", "abc", false],
    ["[a]", "a", false],
    ["A", "a", true],
  ] as const) {
    test(`${pattern} ${want ? "matches" : "does not match"} ${JSON.stringify(text)}`, () => {
      assert.equal(globMatches(pattern, text), want);
    });
  }

  test("stays within the product of both lengths", () => {
    assert.equal(globMatches(`${"*a".repeat(120)}b`, "a".repeat(4000)), false);
  });
});
