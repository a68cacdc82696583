import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { nearest } from "../../../src/config/nearest.ts";

const NAMES = [
  "web.listen",
  "web.listen-address",
  "peers",
  "peers.limit",
  "collector.cpu",
  "collector.netdev",
  "collector.netstat",
];

describe("nearest()", () => {
  for (const [name, want] of [
    ["web.lisen", "web.listen"],
    ["web.listne", "web.listen"],
    ["web.listen-adress", "web.listen-address"],
    ["wbe.listen", "web.listen"],
    ["peer", "peers"],
    ["peer.limit", "peers.limit"],
    ["collector.ntedev", "collector.netdev"],
    ["collector.cpux", "collector.cpu"],
    ["collector.foo", undefined],
    ["collector.ntp", undefined],
    ["x", undefined],
    ["", undefined],
  ] as const) {
    test(`finds ${want} for "${name}"`, () => assert.equal(nearest(name, NAMES), want));
  }
});
