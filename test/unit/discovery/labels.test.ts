import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { deviceLabels, labelsOf, tagLabel } from "../../../src/discovery/labels.ts";
import { deviceOf } from "./device.ts";

describe("tagLabel()", () => {
  // tailscalesd's own test vectors, but for the last four, which it leaves as they are.
  for (const [tag, want] of [
    ["", "EMPTY"],
    ["tag:", "EMPTY"],
    ["tag:foo", "foo"],
    ["tag:foo-bar", "foo_bar"],
    ["tag:foo_bar", "foo_bar"],
    ["tag:foo:1234", "foo_1234"],
    ["tag:camelCase", "camelcase"],
    ["tag:0digit", "0digit"],
    ["tag:ж", "_"],
    ["tag:a.b/c d", "a_b_c_d"],
    ["tag:😀", "_"],
    ['tag:"\n', "__"],
  ] as const) {
    test(`${JSON.stringify(tag)} is ${want}`, () => {
      assert.equal(tagLabel(tag), `__meta_tailscale_device_tag_${want}`);
      assert.match(tagLabel(tag), /^[a-zA-Z_][a-zA-Z0-9_]*$/);
    });
  }
});

describe("deviceLabels()", () => {
  test("says under tailscalesd's names what its LocalAPI source says, value for value", () => {
    const labels = deviceLabels(deviceOf(1, { tags: ["tag:web", "tag:db"] }));
    const tailscalesd = {
      __meta_tailscale_api: "localhost",
      __meta_tailscale_device_authorized: "true",
      __meta_tailscale_device_hostname: "Host 1",
      __meta_tailscale_device_id: "n1",
      __meta_tailscale_device_online: "true",
      __meta_tailscale_device_os: "linux",
      __meta_tailscale_device_tag_web: "1",
      __meta_tailscale_device_tag_db: "1",
    };
    assert.deepEqual({ ...labels, ...tailscalesd }, labels);
  });

  test("has no label for what is not known", () => {
    const labels = deviceLabels(deviceOf(1, { online: undefined, os: undefined, user: undefined, ipv6: undefined }));
    const names = Object.keys(labels).filter((name) => /online|_os$|user|ipv6|tag/.test(name));
    assert.deepEqual(names, []);
  });

  for (const [hostname, exporter, node] of [
    ["tailmon/node/host3", "node", "host3"],
    ["tailmon/node/a/b", "node", "a/b"],
    ["tailmon/node", undefined, "host-1"],
    ["tailmon//host3", undefined, "host-1"],
    ["x/tailmon/node/host3", undefined, "host-1"],
  ] as const) {
    test(`says of ${hostname} what tailmon says, where it is one of its nodes, and who it is`, () => {
      const labels = deviceLabels(deviceOf(1, { hostname }));
      assert.equal(labels.__meta_tailmon_exporter_name, exporter);
      assert.equal(labels.__meta_tailmon_node_name, node);
      assert.equal(labels.__meta_tsmon_node, "host-1");
    });
  }

  test("takes a name without a domain for the device's, and for none of DNS", () => {
    const { __meta_tailscale_device_name: name, __meta_tailscale_dns_name: dnsName } = deviceLabels(
      deviceOf(1, { dnsName: "host-1" }),
    );
    assert.deepEqual([name, dnsName], ["host-1", undefined]);
  });
});

describe("labelsOf()", () => {
  test("leaves no half of a character, which a node may call itself", () => {
    assert.deepEqual(labelsOf([["a", "x\ud83dy"]]), { a: "x\ufffdy" });
  });

  test("shortens a long value and leaves no half of a character", () => {
    const [value = ""] = Object.values(labelsOf([["a", `${"x".repeat(1023)}😀`]]));
    assert.deepEqual([value.length, value.isWellFormed()], [1024, true]);
  });
});
