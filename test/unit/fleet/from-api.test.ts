import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ApiDevice } from "../../../src/control/tailscale/devices.ts";
import { isOnline, unique } from "../../../src/fleet/device.ts";
import { isExitNode, unapprovedRoutes } from "../../../src/fleet/families/devices.ts";
import { fromApi } from "../../../src/fleet/from-api.ts";
import { fromHeadscale } from "../../../src/fleet/from-headscale.ts";

const deviceOf = (more: Record<string, unknown>) => fromApi(ApiDevice.parse({ id: "1", nodeId: "n1CNTRL", ...more }));
const NOW = Date.parse("2026-11-21T12:00:00Z") / 1000;

describe("fromApi()", () => {
  test("a field of another type, null or absent costs that fact alone", () => {
    const device = deviceOf({
      name: 7,
      hostname: "host",
      os: null,
      tags: "tag:a",
      clientVersion: ["1"],
      created: 5,
      authorized: "yes",
      advertisedRoutes: [1, "10.0.0.0/8", null],
      enabledRoutes: {},
      clientConnectivity: {
        latency: { A: { latencyMs: "x" }, B: { latencyMs: 12, preferred: "no" } },
        clientSupports: { hairPinning: null, udp: true, ipv6: "x" },
      },
      postureIdentity: 3,
      distro: [],
    });
    assert.equal(device.name, "host");
    assert.deepEqual(device.tags, []);
    for (const field of [
      "os",
      "version",
      "createdSeconds",
      "authorized",
      "enabledRoutes",
      "serialNumbers",
      "distro",
    ] as const) {
      assert.equal(device[field], undefined, field);
    }
    assert.deepEqual(device.advertisedRoutes, ["10.0.0.0/8"]);
    assert.deepEqual(device.latencies, [{ region: "B", seconds: 0.012, preferred: false }]);
    assert.deepEqual(device.supports, [["udp", true]]);
  });

  test("a device without any id is none", () => {
    assert.equal(ApiDevice.safeParse({ hostname: "x" }).success, false);
    assert.equal(ApiDevice.safeParse(null).success, false);
    assert.equal(ApiDevice.safeParse({ id: 5 }).success, true);
  });

  for (const [name, more, want] of [
    ["a MagicDNS name", { name: "web-1.tail1.ts.net" }, "web-1"],
    ["a device shared in", { name: "web-1.other.ts.net", isExternal: true }, "web-1.other.ts.net"],
    ["a name without a domain, as Headscale has it", { name: "web-1" }, "web-1"],
    ["a name that is no DNS name", { name: "Ann's phone. Really" }, "Ann's phone. Really"],
    ["quotes and line feeds", { name: 'a"b\nc' }, 'a"b\nc'],
    ["no name", { hostname: "h" }, "h"],
    ["neither name nor host name", {}, "n1CNTRL"],
    ["5,000 characters", { name: "x".repeat(5000) }, `${"x".repeat(255)}…`],
  ] as const) {
    test(`the name of ${name}`, () => assert.equal(deviceOf(more).name, want));
  }

  for (const [name, more, want] of [
    [
      "not when it is disabled, though its day has passed",
      { keyExpiryDisabled: true, expires: "2020-01-01T00:00:00Z" },
      undefined,
    ],
    ["not in year 1", { expires: "0001-01-01T00:00:00Z" }, undefined],
    ["not when absent", {}, undefined],
    ["on its day", { expires: "2026-11-21T12:00:00Z", keyExpiryDisabled: false }, NOW],
  ] as const) {
    test(`a key expires ${name}`, () => assert.equal(deviceOf(more).keyExpirySeconds, want));
  }

  test("one region at most is preferred", () => {
    const latency = { A: { latencyMs: 9, preferred: true }, B: { latencyMs: 5, preferred: true }, C: { latencyMs: 1 } };
    const { latencies } = deviceOf({ clientConnectivity: { latency } });
    assert.deepEqual(
      latencies?.filter(({ preferred }) => preferred).map(({ region }) => region),
      ["B"],
    );
  });

  test("an empty creation time is not known", () => assert.equal(deviceOf({ created: "" }).createdSeconds, undefined));

  test("tags keep their text", () => {
    assert.deepEqual(deviceOf({ tags: ["tag:foo:1234", "tag:0digit", "tag:ü", "tag:ü"] }).tags, [
      "tag:foo:1234",
      "tag:0digit",
      "tag:ü",
    ]);
  });
});

describe("isOnline()", () => {
  for (const [name, device, want] of [
    ["connected, and so without lastSeen", deviceOf({ connectedToControl: true }), true],
    [
      "not connected, though seen a moment ago",
      deviceOf({ connectedToControl: false, lastSeen: "2026-11-21T11:59:59Z" }),
      false,
    ],
    ["without the field and without lastSeen", deviceOf({}), true],
    ["without the field, with an empty lastSeen", deviceOf({ lastSeen: "" }), true],
    ["without the field, last seen in year 1", deviceOf({ lastSeen: "0001-01-01T00:00:00Z" }), false],
    ["without the field, last seen at no time", deviceOf({ lastSeen: "never" }), false],
    [
      "without the field, last seen in year 1, but connected for tailscaled",
      { ...deviceOf({ lastSeen: "0001-01-01T00:00:00Z" }), seenOnline: true },
      true,
    ],
    ["of Headscale, last seen in year 1", fromHeadscale({ id: "7", lastSeen: "0001-01-01T00:00:00Z" }), false],
    ["without the field, seen four minutes ago", deviceOf({ lastSeen: "2026-11-21T11:56:00Z" }), true],
    ["without the field, seen six minutes ago", deviceOf({ lastSeen: "2026-11-21T11:54:00Z" }), false],
    ["without the field, offline by tailscaled", { ...deviceOf({}), seenOnline: false }, false],
  ] as const) {
    test(name, () => assert.equal(isOnline(device, NOW), want));
  }
});

describe("routes", () => {
  test("an approval that is advertised no more hides no route that is not approved", () => {
    const device = deviceOf({ advertisedRoutes: ["10.1.0.0/16"], enabledRoutes: ["10.2.0.0/16"] });
    assert.deepEqual(unapprovedRoutes(device), ["10.1.0.0/16"]);
  });

  test("without routes it is not known whether a device is an exit node", () => {
    assert.equal(isExitNode(deviceOf({})), undefined);
    assert.equal(isExitNode(deviceOf({ enabledRoutes: ["::/0"] })), true);
  });
});

test("unique() keeps the first of each id and counts the others", () => {
  const { devices, duplicates } = unique([deviceOf({ hostname: "a" }), deviceOf({ hostname: "b" })]);
  assert.deepEqual([devices.map(({ hostname }) => hostname), duplicates], [["a"], 1]);
});
