import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Readable } from "node:stream";
import { describe, test } from "node:test";
import { FakeTailscaled, peerOf, statusOf } from "../fake-tailscaled.ts";
import { FakeControl } from "./fake-control.ts";
import { one, size, TestFleet } from "./test-fleet.ts";

const TIMEOUT = { timeout: 60_000 };
const FAST = ["--live.interval", "300ms", "--live.timeout", "500ms"];
/** For answers that take a while on a busy machine. */
const PATIENT = ["--live.interval", "300ms", "--live.timeout", "20s"];

const METRICS = `# HELP tailscaled_inbound_bytes_total Bytes received.
# TYPE tailscaled_inbound_bytes_total counter
tailscaled_inbound_bytes_total{path="derp"} 17
tailscaled_inbound_bytes_total{path="direct_ipv4"} 42
# TYPE tailscaled_health_messages gauge
tailscaled_health_messages{type="warning"} 1
# TYPE tailscaled_home_derp_region_id gauge
tailscaled_home_derp_region_id 4
`;

/** 100 MB as fast as they are read: at once they would keep this process longer than a device has for its answer. */
function* megabytes(): Generator<Buffer> {
  for (let index = 0; index < 1600; index++) yield Buffer.alloc(64 * 1024, "#");
}

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/** A port of loopback that stands for one of a device. */
async function door(handler: Handler): Promise<{ port: number; requests: string[] } & Disposable> {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    requests.push(request.url ?? "");
    handler(request, response);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    requests,
    [Symbol.dispose]() {
      server.close();
      server.closeAllConnections();
    },
  };
}

const serve =
  (text: string): Handler =>
  (_, response) =>
    response.end(text);

/** A userspace tailscaled whose peers are those given, so that every connection goes through it and none leaves the machine. */
async function tailscaled(peers: readonly Record<string, unknown>[], dial: Record<string, number>) {
  const status = statusOf(0);
  const members = peers.map((peer, index) => [
    `nodekey:${index}`,
    { ...peerOf(index + 1), TailscaleIPs: [`100.64.9.${index + 1}`], ...peer },
  ]);
  const self = { ...(status.Self as object), TailscaleIPs: ["100.64.9.99"] };
  return FakeTailscaled.start({
    status: { ...status, TUN: false, Self: self, Peer: Object.fromEntries(members) },
    dial,
  });
}

const peer = (name: string, more: Record<string, unknown> = {}) => ({
  ID: `n${name}`,
  DNSName: `${name}.lab.ts.net.`,
  HostName: name,
  OS: "linux",
  Online: true,
  ...more,
});

describe("tsmon fleet --live", () => {
  test(
    "asks agents first and web clients else, keeps counters, and never asks offline devices and phones",
    TIMEOUT,
    async () => {
      using agent = await door(serve(METRICS));
      using webClient = await door(serve(METRICS.replace("42", "43")));
      using never = await door(serve(METRICS));
      await using fake = await tailscaled(
        [peer("one"), peer("two"), peer("away", { Online: false }), peer("phone", { OS: "iOS" })],
        {
          "100.64.9.1:5253": agent.port,
          "100.64.9.2:5252": webClient.port,
          "100.64.9.3:5253": never.port,
          "100.64.9.4:5253": never.port,
        },
      );
      await using fleet = await TestFleet.start(["--socket", fake.socketPath, ...PATIENT]);
      const series = await fleet.sees(
        "both",
        (series) =>
          size(series, "tailscale_device_scrape_success") >= 2 && size(series, "tailscaled_inbound_bytes_total") === 4,
      );
      assert.equal(one(series, "tailscaled_inbound_bytes_total", 'device_id="none"', 'path="direct_ipv4"'), 42);
      assert.equal(one(series, "tailscaled_inbound_bytes_total", 'device_name="two"', 'path="direct_ipv4"'), 43);
      assert.match(await fleet.text(), /^# TYPE tailscaled_inbound_bytes_total counter$/m);
      assert.ok(
        [...series.keys()].some((name) =>
          /^tailscaled_health_messages\{device_id="none",device_name="one",tailnet="[^"]+",type="warning"\}$/.test(
            name,
          ),
        ),
      );
      assert.equal(one(series, "tailscale_device_scrape_success", 'device_name="one"'), 1);
      assert.equal(one(series, "tsmon_fleet_live_sources", 'source="agent"'), 1);
      assert.equal(one(series, "tsmon_fleet_live_sources", 'source="webclient"'), 1);
      assert.deepEqual(never.requests, []);
      assert.ok(agent.requests.every((url) => url === "/metrics?collect[]=tailscale_usermetrics"));
    },
  );

  test("asks only devices that the globs name", TIMEOUT, async () => {
    using yes = await door(serve(METRICS));
    using no = await door(serve(METRICS));
    await using fake = await tailscaled(
      [
        peer("web-1", { Tags: ["tag:server"] }),
        peer("web-2", { Tags: ["tag:lab"] }),
        peer("db-1", { Tags: ["tag:server"] }),
      ],
      { "100.64.9.1:5253": yes.port, "100.64.9.2:5253": no.port, "100.64.9.3:5253": no.port },
    );
    await using fleet = await TestFleet.start([
      "--socket",
      fake.socketPath,
      ...FAST,
      "--live.tag",
      "tag:s*",
      "--live.name",
      "web-*",
    ]);
    await fleet.sees("one", (series) => size(series, "tailscaled_home_derp_region_id") === 1);
    assert.deepEqual(no.requests, []);
  });

  for (const [name, handler, outcome] of [
    [
      "serves 100 MB",
      (_, response) =>
        Readable.from(megabytes())
          .on("error", () => {})
          .pipe(response),
      "too_large",
    ],
    [
      "serves 3,000 series",
      serve(Array.from({ length: 3000 }, (_, i) => `tailscaled_x{i="${i}"} 1\n`).join("")),
      "too_large",
    ],
    ["serves a page", serve("<html>no</html>"), "nonsense"],
    ["hangs", () => {}, "timeout"],
    ["hangs in its answer", (_, response) => response.write("tailscaled_home_derp_region_id 1\n"), "timeout"],
    ["redirects", (_, response) => response.writeHead(302, { Location: "http://127.0.0.1:1/" }).end(), "denied"],
    ["hangs up", (_, response) => response.destroy(), "nonsense"],
    ["refuses", (_, response) => response.writeHead(403).end(), "denied"],
  ] as [string, Handler, string][]) {
    test(`loses nothing to a device that ${name}`, TIMEOUT, async () => {
      using good = await door(serve(METRICS));
      using bad = await door(handler);
      await using fake = await tailscaled([peer("good"), peer("bad")], {
        "100.64.9.1:5253": good.port,
        "100.64.9.2:5253": bad.port,
      });
      await using fleet = await TestFleet.start([
        "--socket",
        fake.socketPath,
        ...(outcome === "timeout" ? FAST : PATIENT),
      ]);
      const series = await fleet.sees(
        "both",
        (series) =>
          one(series, "tsmon_fleet_live_devices", `outcome="${outcome}"`) === 1 &&
          size(series, "tailscaled_home_derp_region_id") === 1,
      );
      assert.equal(one(series, "tailscale_device_scrape_success", 'device_name="bad"'), 0);
      assert.equal(one(series, "tailscale_device_online", 'device_name="bad"'), 1);
    });
  }

  test("lets no device speak for another, nor spoil a family", TIMEOUT, async () => {
    using good = await door(serve(METRICS));
    const forged = `# TYPE tailscaled_inbound_bytes_total gauge
tailscaled_inbound_bytes_total{path="derp",device_id="ngood",tailnet="x"} 1
tailscaled_inbound_bytes_total{path="derp",device_id="other"} 2
tailscaled_inbound_bytes_total{path="direct_ipv4"} -5
tailscale_device_online{device_id="ngood"} 0
up 0
`;
    using bad = await door(serve(forged));
    await using fake = await tailscaled([peer("bad"), peer("good")], {
      "100.64.9.1:5253": bad.port,
      "100.64.9.2:5253": good.port,
    });
    await using fleet = await TestFleet.start(["--socket", fake.socketPath, ...PATIENT]);
    const series = await fleet.sees(
      "both",
      (series) =>
        size(series, "tailscale_device_scrape_success") >= 2 && size(series, "tailscaled_home_derp_region_id") === 1,
    );
    assert.match(await fleet.text(), /^# TYPE tailscaled_inbound_bytes_total counter$/m);
    assert.equal(one(series, "tailscaled_inbound_bytes_total", 'device_id="ngood"', "derp"), 17);
    assert.equal(one(series, "tailscaled_inbound_bytes_total", 'device_id="nbad"'), 1);
    assert.equal(series.has("up"), false);
    assert.equal(one(series, "tailscale_device_online", 'device_id="ngood"'), 1);
  });

  test("asks no address that is not Tailscale's, whatever tailscaled says", TIMEOUT, async () => {
    using metadata = await door(serve(METRICS));
    await using fake = await tailscaled(
      [peer("a", { TailscaleIPs: ["169.254.169.254"] }), peer("b", { TailscaleIPs: ["127.0.0.1"] }), peer("c")],
      {
        "169.254.169.254:5253": metadata.port,
        "127.0.0.1:5253": metadata.port,
        "100.64.9.3:5253": metadata.port,
      },
    );
    await using fleet = await TestFleet.start(["--socket", fake.socketPath, ...FAST]);
    await fleet.sees("the one", (series) => size(series, "tailscaled_home_derp_region_id") === 1);
    assert.deepEqual(metadata.requests.length > 0, true);
    for (const name of ["a", "b"]) {
      assert.equal(one(await fleet.series(), "tailscale_device_scrape_success", `device_name="${name}"`), undefined);
    }
  });

  test("asks no address that is not Tailscale's, whatever an API says", TIMEOUT, async () => {
    using host = await door(serve(METRICS));
    const device = { os: "linux", connectedToControl: true };
    await using control = await FakeControl.start(0, {
      "/devices": {
        devices: ["127.0.0.1", "::1", "localhost", "127.0.0.1:80"].map((address, index) => ({
          ...device,
          nodeId: `n${index}`,
          name: `n${index}`,
          addresses: [address],
        })),
      },
    });
    const ports = ["--agent.port", `${host.port}`, "--webclient.port", `${host.port}`];
    const args = ["--source", "api", "--live", "always", "--api.key", "tskey-api-good", "--api.url", control.url];
    await using fleet = await TestFleet.start([...args, ...ports, "--live.interval", "100ms"]);
    const series = await fleet.sees("the devices", (series) => size(series, "tailscale_device_info") === 4);
    assert.equal(size(series, "tailscale_device_scrape_success"), 0);
    const asked = control.count("/devices");
    await fleet.sees("time for many rounds", () => control.count("/devices") > asked + 5);
    assert.deepEqual(host.requests, []);
  });

  test(
    "waits for no device that is silent longer than --live.timeout, and the others meanwhile answer",
    TIMEOUT,
    async () => {
      using good = await door(serve(METRICS));
      using silent = await door(() => {});
      const away = Array.from({ length: 40 }, (_, index) => peer(`away-${index}`));
      const dial = Object.fromEntries(away.map((_, index) => [`100.64.9.${index + 2}:5253`, silent.port]));
      await using fake = await tailscaled([peer("good"), ...away], { "100.64.9.1:5253": good.port, ...dial });
      const args = ["--live.interval", "300ms", "--live.timeout", "500ms", "--live.concurrency", "10"];
      await using fleet = await TestFleet.start(["--socket", fake.socketPath, ...args]);
      await fleet.sees(
        "all outcomes",
        (series) =>
          one(series, "tsmon_fleet_live_devices", 'outcome="timeout"') === 40 &&
          one(series, "tailscale_device_scrape_success", 'device_name="good"') === 1,
      );
    },
  );

  test("tells by state that an agent went down, and that control lost a device that answers", TIMEOUT, async () => {
    using agent = await door((_, response) => (isUp ? response.end(METRICS) : response.writeHead(500).end()));
    let isUp = true;
    await using fake = await tailscaled([peer("one")], { "100.64.9.1:5253": agent.port });
    await using fleet = await TestFleet.start(["--socket", fake.socketPath, ...FAST]);
    const isIn = (state: string) => (series: Map<string, number>) =>
      one(series, "tailscale_device_state", 'device_name="one"', `state="${state}"`) === 1;
    await fleet.sees("an answer", (series) => size(series, "tailscaled_home_derp_region_id") === 1);
    await fleet.sees("online", isIn("online"));
    isUp = false;
    const series = await fleet.sees("the agent's end", isIn("agent_down"));
    const states = [...series].filter(
      ([name, value]) => name.startsWith("tailscale_device_state{") && name.includes('"one"') && value === 1,
    );
    assert.equal(states.length, 1);
    isUp = true;
    (Object.values(fake.answers.status.Peer as object)[0] as { Online: boolean }).Online = false;
    await fleet.sees("the loss", isIn("control_lost"));
    isUp = false;
    await fleet.sees("the end", isIn("offline"));
  });
});
