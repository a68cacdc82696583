import assert from "node:assert/strict";
import { test } from "node:test";
import { HeadscaleNode } from "../../../src/control/headscale/nodes.ts";
import { ApiDevice } from "../../../src/control/tailscale/devices.ts";
import { deviceOfApi, deviceOfHeadscale, idOfApi, idOfHeadscale } from "../../../src/discovery/from-api.ts";

const NOW_MS = Date.parse("2026-11-21T12:00:00Z");
const FACTS = { tailnet: "-", api: "api.example.com", nowMs: NOW_MS };
const LONG = "x".repeat(4097);
const DEVICE = { nodeId: "nCNTRL", id: "92", addresses: ["100.64.0.1", "fd7a:115c:a1e0::1"], name: "a.tail.ts.net" };
const NODE = { id: "7", ipAddresses: ["100.64.0.7"], name: "Host 7", givenName: "host-7" };

const device = (more: object) => ApiDevice.parse({ ...DEVICE, ...more });
const node = (more: object) => HeadscaleNode.parse({ ...NODE, ...more });

for (const [name, more, want] of [
  ["the stable one", {}, "nCNTRL"],
  ["the old one where there is no other", { nodeId: undefined }, "92"],
  ["the old one beside one that is empty", { nodeId: "" }, "92"],
  ["the old one beside one that is too long", { nodeId: LONG }, "92"],
  ["none where all are too long", { nodeId: LONG, id: LONG }, undefined],
] as const) {
  test(`idOfApi() is ${name}`, () => assert.equal(idOfApi(device(more)), want));
}

for (const [id, want] of [
  ["7", "7"],
  [7, "7"],
  [-7, undefined],
  ["7a", undefined],
  ["1".repeat(21), undefined],
] as const) {
  test(`idOfHeadscale() of ${JSON.stringify(id)} is ${want}`, () => assert.equal(idOfHeadscale(node({ id })), want));
}

test("deviceOfApi() leaves out what is empty or too long", () => {
  const told = { name: LONG, hostname: LONG, os: "", user: LONG, clientVersion: LONG, tags: [LONG] };
  const { name, hostname, os, user, clientVersion, tags } = deviceOfApi(device(told), FACTS)!;
  assert.deepEqual(
    { name, hostname, os, user, clientVersion, tags },
    { name: "nCNTRL", hostname: "", os: undefined, user: undefined, clientVersion: undefined, tags: [] },
  );
});

test("deviceOfApi() and deviceOfHeadscale() make nothing of what has no address or no id", () => {
  assert.equal(deviceOfApi(device({ addresses: ["x"] }), FACTS), undefined);
  assert.equal(deviceOfApi(device({ nodeId: LONG, id: LONG }), FACTS), undefined);
  assert.equal(deviceOfHeadscale(node({ ipAddresses: [] }), "h"), undefined);
  assert.equal(deviceOfHeadscale(node({ id: "x" }), "h"), undefined);
});

for (const [name, more, want] of [
  ["the API's word", { connectedToControl: false }, false],
  ["no time when it was last seen", {}, true],
  ["a time a minute ago", { lastSeen: "2026-11-21T11:59:00Z" }, true],
  ["a time an hour ago", { lastSeen: "2026-11-21T11:00:00Z" }, false],
  ["a time that is none", { lastSeen: "soon" }, undefined],
] as const) {
  test(`deviceOfApi() tells by ${name} whether it is online`, () => {
    assert.equal(deviceOfApi(device(more), FACTS)!.online, want);
  });
}

test("deviceOfHeadscale() takes its name, its owner or its tags, new or old", () => {
  const names = (more: object) => {
    const { name, hostname, user, tags } = deviceOfHeadscale(node(more), "h")!;
    return { name, hostname, user, tags };
  };
  const owner = { user: { name: "amelie", email: "" } };
  assert.deepEqual(names(owner), { name: "host-7", hostname: "Host 7", user: "amelie", tags: [] });
  assert.deepEqual(names({ user: { name: "a", email: "a@example.com" } }).user, "a@example.com");
  assert.deepEqual(names({ name: undefined, givenName: "" }), { name: "7", hostname: "", user: undefined, tags: [] });
  assert.deepEqual(names({ ...owner, tags: ["tag:a"], forcedTags: ["tag:b"] }).tags, ["tag:a"]);
  const old = names({ ...owner, tags: null, forcedTags: ["tag:b"], validTags: ["tag:b", "tag:c"] });
  assert.deepEqual([old.tags, old.user], [["tag:b", "tag:c"], undefined]);
});
