import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { readFileSync, writeFileSync } from "node:fs";
import process from "node:process";
import { test } from "node:test";
import { listDevices } from "../../src/control/tailscale/devices.ts";
import { getDns } from "../../src/control/tailscale/dns.ts";
import { listKeys } from "../../src/control/tailscale/keys.ts";
import { listServices } from "../../src/control/tailscale/services.ts";
import { getContacts, getSettings } from "../../src/control/tailscale/settings.ts";
import { listUserInvites, listUsers } from "../../src/control/tailscale/users.ts";
import { listWebhooks } from "../../src/control/tailscale/webhooks.ts";
import type { Format } from "../../src/exporter/render.ts";
import { demoAnswers } from "../../src/fleet/demo/tailnet.ts";
import { expositionOf } from "../../src/fleet/exposition.ts";
import { fromApi } from "../../src/fleet/from-api.ts";
import type { Snapshot } from "../../src/fleet/snapshot.ts";

const NOW_MS = Date.parse("2026-11-21T12:00:00Z");

/** A made-up tailnet of four devices at one moment. */
async function snapshot(): Promise<Snapshot> {
  const answers = demoAnswers(4, NOW_MS);
  const client = { get: async (_: string, path: string) => answers[path.replace(/^\/tailnet\/-|\?.*$/g, "")] };
  const signal = AbortSignal.timeout(60_000);
  const list = async <Entry>(entries: Promise<{ readonly entries: readonly Entry[] }>) => (await entries).entries;
  const devices = (await list(listDevices(client, "-", signal))).map(fromApi);
  const part = { name: "devices", isWell: true, isSupported: true, rejected: 0, lastSuccessSeconds: NOW_MS / 1000, durationSeconds: 0.1 };
  return {
    version: 1,
    takenSeconds: NOW_MS / 1000,
    tailnets: [
      {
        tailnet: "demo",
        devices: devices.map((device) => ({ device, online: device.connected ?? false, state: device.connected ? "online" : "offline" })),
        duplicates: 0,
        isUp: true,
        isDemo: true,
        parts: [part, { ...part, name: "users", isWell: false, failure: "server" }],
        users: await list(listUsers(client, "-", signal)),
        userInvites: await list(listUserInvites(client, "-", signal)),
        keys: await list(listKeys(client, "-", signal)),
        services: await list(listServices(client, "-", signal)),
        webhooks: await list(listWebhooks(client, "-", signal)),
        dns: await getDns(client, "-", signal),
        settings: await getSettings(client, "-", signal),
        contacts: await getContacts(client, "-", signal),
      },
    ],
  };
}

for (const [format, file] of [
  ["text", "fleet.prom"],
  ["openmetrics", "fleet.om"],
] as const satisfies [Format, string][]) {
  test(`the fleet's exposition as ${format} is that of ${file}`, async () => {
    const options = { devicesLimit: 0, routesLimit: 100, compat: [], isExcluded: () => false, tsmetrics: () => ({}) as never };
    const { writer } = await expositionOf(await snapshot(), options);
    const text = new TextDecoder().decode(Buffer.concat(writer.pieces(format)));
    const golden = new URL(file, import.meta.url);
    if (process.env.UPDATE_GOLDEN) writeFileSync(golden, text);
    assert.equal(text, readFileSync(golden, "utf8"));
  });
}

test("limits and exclusions leave out series, count them, and keep the totals", async () => {
  const options = { devicesLimit: 1, routesLimit: 0, compat: [], isExcluded: (name: string) => name === "tailscale_device_latency_seconds", tsmetrics: () => ({}) as never };
  const { writer, omitted } = await expositionOf(await snapshot(), options);
  const text = new TextDecoder().decode(Buffer.concat(writer.pieces("text")));
  assert.equal(text.match(/^tailscale_device_info\{/gm)?.length, 1);
  assert.doesNotMatch(text, /tailscale_device_latency_seconds/);
  assert.match(text, /^tailscale_devices_untagged\{tailnet="demo"\} \d$/m);
  assert.deepEqual([omitted.devices, omitted.families], [3, 1]);
});
