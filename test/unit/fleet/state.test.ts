import assert from "node:assert/strict";
import { test } from "node:test";
import { isTailscaleAddress } from "../../../src/fleet/addresses.ts";
import { stateOf } from "../../../src/fleet/state.ts";

const NOW = 1_000_000;
const device = { id: "n1", name: "one", tags: [] };
const session = { ...device, path: "derp", lastHandshakeSeconds: NOW - 60 } as const;

for (const [name, evidence, want] of [
  ["connected and never asked", { online: true }, "online"],
  ["connected and answering", { online: true, outcome: "ok", answeredBefore: true }, "online"],
  ["connected, and has never answered", { online: true, outcome: "timeout" }, "online"],
  [
    "connected, and refuses since it answered",
    { online: true, outcome: "refused", answeredBefore: true },
    "agent_down",
  ],
  [
    "connected, and silent since it answered",
    { online: true, outcome: "timeout", answeredBefore: true },
    "unreachable",
  ],
  [
    "connected, silent, but with a session",
    { device: session, online: true, outcome: "timeout", answeredBefore: true },
    "agent_down",
  ],
  ["not connected", { online: false }, "offline"],
  ["not connected, but answering", { online: false, outcome: "ok", answeredBefore: true }, "control_lost"],
  [
    "not connected, with a session from after",
    { device: { ...session, lastSeenSeconds: NOW - 90 }, online: false },
    "control_lost",
  ],
  [
    "not connected, with a session from before",
    { device: { ...session, lastSeenSeconds: NOW - 30 }, online: false },
    "offline",
  ],
  [
    "not connected, with a session of long ago",
    { device: { ...session, lastHandshakeSeconds: NOW - 600 }, online: false },
    "offline",
  ],
] as const) {
  test(`stateOf() a device ${name} is ${want}`, () => {
    assert.equal(stateOf({ device, answeredBefore: false, nowSeconds: NOW, ...evidence }), want);
  });
}

for (const [address, want] of [
  ["100.64.0.1", true],
  ["100.127.255.254", true],
  ["fd7a:115c:a1e0::1", true],
  ["fd7a:115c:a1e0:ab12:4843:cd96:6258:b240", true],
  ["100.63.255.255", false],
  ["100.128.0.1", false],
  ["100.64.0.256", false],
  ["100.100.100.100", false],
  ["127.0.0.1", false],
  ["169.254.169.254", false],
  ["10.0.0.1", false],
  ["::1", false],
  ["fd7a:115c:a1e1::1", false],
  ["fd7a:115c:a1e0::1%eth0", false],
  ["100.64.0.1.example.com", false],
  ["host.example.com", false],
  ["", false],
] as const) {
  test(`isTailscaleAddress() says ${want} of "${address}"`, () => assert.equal(isTailscaleAddress(address), want));
}
