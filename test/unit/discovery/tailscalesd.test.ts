import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ApiDevice } from "../../../src/control/tailscale/devices.ts";
import { Answers, type Group } from "../../../src/discovery/answers.ts";
import type { Device } from "../../../src/discovery/device.ts";
import { parseFilter } from "../../../src/discovery/filter.ts";
import { deviceOfApi } from "../../../src/discovery/from-api.ts";
import { devicesOfStatus } from "../../../src/discovery/from-status.ts";
import { toStatus } from "../../../src/localapi/schema.ts";
import { peerOf, statusOf } from "../../integration/fake-tailscaled.ts";

// The devices of tailscalesd's own tests, and what those expect of them.

const ADDRESSES = ["100.2.3.4", "fd7a::1234"];
const BASE = {
  __meta_tailscale_device_hostname: "somethingclever",
  __meta_tailscale_device_id: "id",
  __meta_tailscale_device_os: "beos",
};

/** The one group that there is of a device. */
function groupOf(device: Device): Group {
  const [group, ...others] = new Answers([], [device]).groups("tailscalesd", parseFilter(new URLSearchParams()));
  assert.deepEqual(others, []);
  return group!;
}

function assertWithin(want: Readonly<Record<string, string>>, { targets, labels }: Group): void {
  assert.deepEqual(targets, ["100.2.3.4"]);
  assert.deepEqual({ ...labels, ...want }, labels);
  const tags = (of: object) => Object.keys(of).filter((name) => name.includes("_tag_"));
  assert.deepEqual(tags(labels).sort(), tags(want).sort());
}

describe("tailscalesd's labels of a device of the API", () => {
  const api = {
    ...BASE,
    __meta_tailscale_api: "foo.example.com",
    __meta_tailscale_device_authorized: "false",
    __meta_tailscale_device_client_version: "420.69",
    __meta_tailscale_device_name: "somethingclever",
    __meta_tailscale_tailnet: "-",
  };
  for (const [name, more, want] of [
    ["without tags", {}, { __meta_tailscale_device_online: "true" }],
    ["offline", { connectedToControl: false }, { __meta_tailscale_device_online: "false" }],
    ["with a tag", { tags: ["tag:foo"] }, { __meta_tailscale_device_tag_foo: "1" }],
    [
      "with two tags",
      { tags: ["tag:foo", "tag:bar"] },
      { __meta_tailscale_device_tag_foo: "1", __meta_tailscale_device_tag_bar: "1" },
    ],
  ] as const) {
    test(name, () => {
      const told = {
        addresses: ADDRESSES,
        nodeId: "id",
        name: "somethingclever",
        hostname: "somethingclever",
        clientVersion: "420.69",
        os: "beos",
        connectedToControl: true,
        authorized: false,
        ...more,
      };
      const device = deviceOfApi(ApiDevice.parse(told), { tailnet: "-", api: "foo.example.com", nowMs: 0 });
      assertWithin({ ...api, ...want }, groupOf(device!));
    });
  }
});

test("tailscalesd's labels of a peer of tailscaled's", () => {
  const peer = {
    ...peerOf(1),
    ID: "id",
    HostName: "somethingclever",
    DNSName: "",
    OS: "beos",
    TailscaleIPs: ADDRESSES,
    Tags: ["tag:foo", "tag:bar"],
  };
  const [, device] = devicesOfStatus(toStatus({ ...statusOf(0), Peer: { key: peer } }));
  const local = {
    ...BASE,
    __meta_tailscale_api: "localhost",
    __meta_tailscale_device_authorized: "true",
    __meta_tailscale_device_online: "true",
    __meta_tailscale_device_tag_foo: "1",
    __meta_tailscale_device_tag_bar: "1",
  };
  assertWithin(local, groupOf(device!));
});
