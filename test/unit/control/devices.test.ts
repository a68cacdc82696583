import assert from "node:assert/strict";
import { test } from "node:test";
import type { ApiClient } from "../../../src/control/client.ts";
import { statusError } from "../../../src/control/errors.ts";
import { hasDevice, listDevices } from "../../../src/control/tailscale/devices.ts";

const SIGNAL = AbortSignal.timeout(60_000);

/** A client that gives an answer, or a status, and keeps the paths. */
function clientOf(answer: unknown): ApiClient & { readonly paths: string[] } {
  const paths: string[] = [];
  return {
    paths,
    async get(endpoint, path) {
      paths.push(path);
      if (typeof answer === "number") throw statusError(endpoint, answer, null);
      return answer;
    },
  };
}

test("listDevices() asks for all fields, or for those that there are without asking", async () => {
  const client = clientOf({ devices: [] });
  await listDevices(client, "a/b", SIGNAL);
  await listDevices(client, "-", SIGNAL, "default");
  assert.deepEqual(client.paths, ["/tailnet/a%2Fb/devices?fields=all", "/tailnet/-/devices"]);
});

for (const [name, devices, want] of [
  ["null", null, { entries: [], rejected: 0, isNull: true }],
  ["an empty list", [], { entries: [], rejected: 0, isNull: false }],
  ["a device without an id", [{ name: "x" }], { entries: [], rejected: 1, isNull: false }],
] as const) {
  test(`listDevices() tells ${name} apart`, async () => {
    assert.deepEqual(await listDevices(clientOf({ devices }), "-", SIGNAL), want);
  });
}

test("hasDevice() takes only 404 for no", async () => {
  const client = clientOf({ id: "1" });
  assert.equal(await hasDevice(client, "../1", SIGNAL), true);
  assert.deepEqual(client.paths, ["/device/..%2F1"]);
  assert.equal(await hasDevice(clientOf(404), "1", SIGNAL), false);
  for (const status of [401, 403, 405, 429, 500, 501]) {
    await assert.rejects(hasDevice(clientOf(status), "1", SIGNAL), { status });
  }
});
