import assert from "node:assert/strict";
import { test } from "node:test";
import { autoAddresses } from "../../../src/web/addresses.ts";
import { formatAddress } from "../../../src/web/listeners.ts";

const LOOPBACK = ["127.0.0.1:5253", "[::1]:5253"];

for (const [name, tailscale, want] of [
  [
    "adds a TUN node's Tailscale addresses",
    { TUN: true, TailscaleIPs: ["100.64.0.1", "fd7a::1"] },
    ["100.64.0.1:5253", "[fd7a::1]:5253"],
  ],
  ["is loopback with a userspace tailscaled", { TUN: false, TailscaleIPs: ["100.64.0.1"] }, []],
  ["is loopback without tailscaled", undefined, []],
  ["is loopback before the login", { TUN: true, TailscaleIPs: null }, []],
] as const) {
  test(`autoAddresses() ${name}`, () => {
    assert.deepEqual(autoAddresses(5253, tailscale).map(formatAddress), [...LOOPBACK, ...want]);
  });
}
