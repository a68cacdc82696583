import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { test } from "node:test";
import { ApiDevice } from "../../../src/control/tailscale/devices.ts";
import { deviceSamples } from "../../../src/fleet/families/devices.ts";
import { Sink } from "../../../src/fleet/families/sink.ts";
import { fromApi } from "../../../src/fleet/from-api.ts";
import { TextWriter } from "../../../src/fleet/text-writer.ts";

/** Series of a family that a device as the API tells it has. */
function seriesOf(family: string, more: Record<string, unknown>): string[] {
  const device = fromApi(ApiDevice.parse({ id: "1", nodeId: "n1", name: "one.example.ts.net", ...more }));
  const writer = new TextWriter();
  const context = { tailnet: "t", newestMinor: new Map<number, number>(), routesLimit: 100, omit: () => {} };
  deviceSamples(new Sink(writer, () => false), { device, online: true, state: "online" }, context);
  const text = Buffer.concat(writer.pieces("text")).toString("utf8");
  return text.split("\n").filter((line) => line.startsWith(`${family}{`));
}

test("deviceSamples() has one series of a feature, however it is written, with the last value", () => {
  const clientSupports = { ipv6: true, hairPinning: false, udp: true, IPv6: false, hairpinning: true };
  assert.deepEqual(seriesOf("tailscale_device_client_supports", { clientConnectivity: { clientSupports } }), [
    'tailscale_device_client_supports{device_id="n1",device_name="one",feature="ipv6",tailnet="t"} 0',
    'tailscale_device_client_supports{device_id="n1",device_name="one",feature="hairpinning",tailnet="t"} 1',
    'tailscale_device_client_supports{device_id="n1",device_name="one",feature="udp",tailnet="t"} 1',
  ]);
});
