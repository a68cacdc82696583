import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { test } from "node:test";
import { gunzipSync } from "node:zlib";
import type { DeviceView, Snapshot } from "../../../../src/fleet/snapshot.ts";
import { Exposer } from "../../../../src/modes/fleet/exposer.ts";
import { gzipPieces } from "../../../../src/runtime/gzip.ts";

const device = { device: { id: "n1", name: "one", tags: [] }, online: true, state: "online" } satisfies DeviceView;

function snapshotOf(version: number, devices: readonly DeviceView[] | undefined): Snapshot {
  const tailnet = { tailnet: "x", devices, duplicates: 0, isUp: devices && true, parts: [], isDemo: false };
  return { version, takenSeconds: 1, tailnets: [tailnet] };
}

/** An exposer of a snapshot that may be replaced, and how often a text was made. */
function exposerOf(first: Snapshot) {
  const state = {
    snapshot: first,
    made: 0,
    done: Promise.withResolvers<void>(),
    failure: undefined as Error | undefined,
  };
  const exposer = new Exposer({
    devicesLimit: 0,
    routesLimit: 0,
    compat: [],
    isExcluded: () => false,
    tsmetrics: () => ({}) as never,
    snapshot: () => state.snapshot,
    ownSamples: async () => [],
    gzip: async (pieces) => {
      state.done.resolve();
      if (state.failure) throw state.failure;
      const file = await gzipPieces(pieces);
      state.made++;
      return file;
    },
  });
  return { exposer, state };
}

test("Exposer makes what Prometheus asks for before it asks", async () => {
  const { exposer, state } = exposerOf(snapshotOf(1, [device]));
  exposer.changed();
  await state.done.promise;
  const text = gunzipSync(await exposer.bytes("openmetrics", true)).toString("utf8");
  assert.match(text, /^tailscale_device_info\{device_id="n1",/m);
  assert.equal(state.made, 1);
});

test("Exposer answers no old text without devices once there are some", async () => {
  const { exposer, state } = exposerOf(snapshotOf(1, undefined));
  assert.doesNotMatch(Buffer.from(await exposer.bytes("text", false)).toString("utf8"), /tailscale_device_info/);
  state.snapshot = snapshotOf(2, [device]);
  exposer.changed();
  assert.match(Buffer.from(await exposer.bytes("text", false)).toString("utf8"), /^tailscale_device_info\{/m);
});

test("Exposer answers the text of before while a change is written", async () => {
  const { exposer, state } = exposerOf(snapshotOf(1, [device]));
  await exposer.bytes("openmetrics", true);
  state.snapshot = snapshotOf(2, [device, { ...device, device: { ...device.device, id: "n2" } }]);
  exposer.changed();
  const text = gunzipSync(await exposer.bytes("openmetrics", true)).toString("utf8");
  assert.equal(text.match(/^tailscale_device_info\{/gm)?.length, 1);
});

test("Exposer lets a text that cannot be made cost the scrapes that ask for it, and nothing else", async () => {
  const { exposer, state } = exposerOf(snapshotOf(1, [device]));
  state.failure = new Error("no memory");
  exposer.changed();
  await state.done.promise;
  await new Promise((resolve) => setImmediate(resolve)); // nobody asks for it now
  await assert.rejects(exposer.bytes("openmetrics", true), state.failure);
  state.failure = undefined;
  assert.ok((await exposer.bytes("openmetrics", true)).length > 0);
});
