import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { eventually } from "../../lab/eventually.ts";
import { Tsmon } from "../agent/tsmon.ts";
import { FakeTailscaled, peerOf, statusOf } from "../fake-tailscaled.ts";
import { FakeControl } from "./fake-control.ts";
import { one, size, TestFleet } from "./test-fleet.ts";

const TIMEOUT = { timeout: 60_000 };
const ALL = ["--compat", "tailscale-exporter", "--compat", "tsmetrics"];

const DEVICE = {
  id: "1",
  nodeId: "n1CNTRL",
  name: "one.example.ts.net",
  hostname: "one",
  os: "linux",
  addresses: ["100.64.0.1"],
  clientVersion: "1.96.2-t1-g1",
  connectedToControl: true,
  tags: [],
  user: "ann@example.com",
};

function assertHas(series: ReadonlyMap<string, number>, ...lines: readonly string[]): void {
  for (const line of lines) {
    const name = line.slice(0, line.lastIndexOf(" "));
    const family = name.split("{")[0]!;
    const all = [...series.keys()].filter((other) => other.startsWith(family)).join("\n");
    assert.equal(series.get(name), Number(line.split(" ").at(-1)), `${name}\nis not among\n${all}`);
  }
}

/** A fleet of the devices and other answers that are given. */
async function fleetOf(devices: readonly object[], more: Record<string, unknown> = {}, args: readonly string[] = []) {
  const control = await FakeControl.start(0, { "/devices": { devices }, ...more });
  const fleet = await TestFleet.start([
    "--socket",
    "/nonexistent",
    "--api.key",
    "tskey-api-good",
    "--api.url",
    control.url,
    ...ALL,
    ...args,
  ]);
  const known = (series: Map<string, number>) =>
    one(series, "tsmon_fleet_part_success", 'part="log_streaming"') === 1 && one(series, "tailscale_up") === 1;
  return {
    control,
    fleet,
    series: await fleet.sees("all parts", known),
    async [Symbol.asyncDispose]() {
      await fleet[Symbol.asyncDispose]();
      await control[Symbol.asyncDispose]();
    },
  };
}

describe("what tsmetrics gets wrong", () => {
  test("a connected device, of which the API leaves lastSeen out, is online", TIMEOUT, async () => {
    await using at = await fleetOf([DEVICE, { ...DEVICE, id: "2", nodeId: "n2CNTRL", connectedToControl: undefined }]);
    assert.equal(one(at.series, "tailscale_device_online", "n1CNTRL"), 1);
    assert.equal(one(at.series, "tailscale_device_online", "n2CNTRL"), 1);
    assert.equal(one(at.series, "tailscale_device_last_seen_timestamp_seconds", "n1CNTRL"), undefined);
  });

  test("an API that fails wipes nothing, and the time of the last list stands still", TIMEOUT, async () => {
    await using at = await fleetOf([DEVICE]);
    const time = () => at.fleet.series().then((series) => series.get("tsmetrics_last_scrape_timestamp_seconds"));
    at.control.fail("/devices", 500);
    const series = await at.fleet.sees("the fault", (series) => one(series, "tailscale_up") === 0);
    assert.equal(series.get("tailscale_device_count"), 1);
    const before = await time();
    const requests = at.control.requests.length;
    await at.fleet.sees("more refreshes", () => at.control.requests.length > requests + 10);
    assert.equal(await time(), before);
    assert.ok([...series].some(([name, value]) => name.startsWith("tsmetrics_scrape_errors_total{") && value >= 1));
  });

  test("a change leaves no old series beside the new: version, owner, routes, home region", TIMEOUT, async () => {
    const latency = (home: string) => ({
      latency: Object.fromEntries(["A", "B"].map((region) => [region, { latencyMs: 5, preferred: region === home }])),
    });
    await using at = await fleetOf([
      { ...DEVICE, advertisedRoutes: ["10.1.0.0/16"], clientConnectivity: latency("A") },
    ]);
    at.control.answers["/devices"] = {
      devices: [
        {
          ...DEVICE,
          clientVersion: "1.98.0",
          user: "bob@example.com",
          advertisedRoutes: ["10.2.0.0/16"],
          clientConnectivity: latency("B"),
        },
      ],
    };
    const series = await at.fleet.sees("the change", (series) =>
      [...series.keys()].some((name) => name.includes("bob@example.com")),
    );
    for (const family of ["tailscale_device_info", "tailscale_device_user", "tailscale_device_routes_advertised"])
      assert.equal(size(series, family), 1, family);
    const preferred = [...series.keys()].filter(
      (name) => name.startsWith("tailscale_device_latency_ms{") && name.includes('preferred="true"'),
    );
    assert.deepEqual(
      preferred.map((name) => /derp_region="(\w)"/.exec(name)?.[1]),
      ["B"],
    );
  });

  test(
    "routes come with the devices, so that none is asked for by itself, and none is lost with that request",
    TIMEOUT,
    async () => {
      await using at = await fleetOf([
        { ...DEVICE, advertisedRoutes: ["0.0.0.0/0", "::/0"], enabledRoutes: ["0.0.0.0/0", "::/0"] },
      ]);
      assert.equal(one(at.series, "tailscale_device_exit_node"), 1);
      assert.equal(one(at.series, "tailscale_device_exit_node_option"), 1);
      assert.equal(one(at.series, "tailscale_device_subnet_router"), 0);
      assert.deepEqual(
        at.control.requests.filter((url) => url.includes("/device/")),
        [],
      );
    },
  );

  test("is not ready while it knows nothing", TIMEOUT, async () => {
    await using control = await FakeControl.start(0);
    control.fail("*", 500);
    await using fleet = await TestFleet.start(["--socket", "/nonexistent", "--api.key", "k", "--api.url", control.url]);
    await fleet.sees("the fault", (series) => one(series, "tailscale_up") === 0);
    const response = await fleet.get("/readyz");
    assert.deepEqual(
      [response.status, await response.text()],
      [503, "Cannot read /tailnet/{tailnet}/devices: status 500\n"],
    );
  });

  test("what a network supports is absent where the API does not know", TIMEOUT, async () => {
    await using at = await fleetOf([
      { ...DEVICE, clientConnectivity: { clientSupports: { hairPinning: null, udp: true, ipv6: false } } },
    ]);
    assert.equal(size(at.series, "tailscale_device_client_supports"), 2);
    assert.equal(one(at.series, "tailscale_device_client_supports", 'feature="ipv6"'), 0);
  });
});

describe("what tailscale-exporter gets wrong", () => {
  test("role, status and type of users are each in their own label", TIMEOUT, async () => {
    const users = [
      { id: "u1", loginName: "ann@example.com", role: "it-admin", status: "needs-approval", type: "shared" },
    ];
    await using at = await fleetOf([DEVICE], { "/users": { users } });
    assert.equal(
      one(at.series, "tailscale_users_info", 'role="it-admin"', 'status="needs-approval"', 'type="shared"'),
      1,
    );
  });

  test("keys without an expiry have none", TIMEOUT, async () => {
    const keys = [
      { id: "k1", keyType: "client" },
      { id: "k2", keyType: "auth", expires: "0001-01-01T00:00:00Z" },
      { id: "k3", keyType: "auth", expires: "2027-01-01T00:00:00Z" },
    ];
    await using at = await fleetOf([DEVICE], { "/keys": { keys } });
    for (const family of ["tailscale_keys_expires_timestamp", "tailscale_key_expiry_timestamp_seconds"]) {
      assert.equal(size(at.series, family), 1, family);
      assert.equal(one(at.series, family, "k3"), Date.parse("2027-01-01T00:00:00Z") / 1000);
    }
    assert.equal(size(at.series, "tailscale_keys_info"), 3);
  });

  test("a device whose key expiry is disabled does not expire", TIMEOUT, async () => {
    await using at = await fleetOf([{ ...DEVICE, keyExpiryDisabled: true, expires: "2020-01-01T00:00:00Z" }]);
    assert.equal(size(at.series, "tailscale_devices_expires_timestamp"), 0);
    assert.equal(size(at.series, "tailscale_device_key_expiry_timestamp_seconds"), 0);
    assert.equal(one(at.series, "tailscale_device_machine_key_expiry"), 0);
    assert.equal(one(at.series, "tailscale_devices_by_key_expiry", "expired"), 0);
  });

  test("settings that are null, for want of a scope, are not false", TIMEOUT, async () => {
    await using at = await fleetOf([DEVICE], { "/settings": { networkFlowLoggingOn: null, regionalRoutingOn: false } });
    assert.equal(one(at.series, "tailscale_setting_enabled", "network_flow_logging"), undefined);
    assert.equal(one(at.series, "tailscale_setting_enabled", "regional_routing"), 0);
    assert.equal(
      one(at.series, "tailscale_tailnet_settings_info", 'network_flow_logging_on=""', 'regional_routing_on="false"'),
      1,
    );
  });

  test("an approval that is advertised no more hides no route that waits for one", TIMEOUT, async () => {
    await using at = await fleetOf([{ ...DEVICE, advertisedRoutes: ["10.1.0.0/16"], enabledRoutes: ["10.2.0.0/16"] }]);
    assert.equal(one(at.series, "tailscale_device_routes_unapproved"), 1);
    assert.equal(one(at.series, "tailscale_devices_routes_advertised"), 1);
    assert.equal(one(at.series, "tailscale_devices_routes_enabled"), 0);
  });

  test("a device listed twice, or a name that another has too, costs nothing", TIMEOUT, async () => {
    await using at = await fleetOf([DEVICE, DEVICE, { ...DEVICE, id: "2", nodeId: "n2CNTRL" }]);
    assert.equal(size(at.series, "tailscale_device_info"), 2);
    assert.equal(size(at.series, "tailscale_devices_info"), 2);
    assert.equal(one(at.series, "tsmon_fleet_duplicate_devices"), 1);
    const lines = (await at.fleet.text()).split("\n").filter((line) => line !== "" && !line.startsWith("#"));
    const names = lines.map((line) => line.slice(0, line.lastIndexOf(" ")));
    assert.equal(new Set(names).size, names.length);
  });

  test("keys of machines and nodes are no labels", TIMEOUT, async () => {
    await using at = await fleetOf([{ ...DEVICE, machineKey: "mkey:abc", nodeKey: "nodekey:def" }]);
    assert.doesNotMatch(await at.fleet.text(), /mkey:|nodekey:/);
  });

  test("scrapes that come while the API hangs are answered at once", TIMEOUT, async () => {
    await using at = await fleetOf([DEVICE]);
    at.control.fail("*", () => {});
    const texts = await Promise.all(Array.from({ length: 10 }, () => at.fleet.text()));
    for (const text of texts) assert.match(text, /tailscale_device_info\{/);
  });
});

describe("what tailscale-exporter gets wrong, besides", () => {
  test("up is 0 while the API fails, tailscale_up and headscale_up alike", TIMEOUT, async () => {
    await using control = await FakeControl.start(0, { "/api/v1/node": { nodes: [{ id: "7", name: "host" }] } });
    const args = [
      "--socket",
      "/nonexistent",
      "--headscale.url",
      control.url,
      "--headscale.key",
      "tskey-api-good",
      ...ALL,
    ];
    await using fleet = await TestFleet.start(args);
    await fleet.sees("the node", (series) => one(series, "headscale_up") === 1 && one(series, "tailscale_up") === 1);
    control.fail("/api/v1/node", 500);
    const series = await fleet.sees("the fault", (series) => one(series, "headscale_up") === 0);
    assert.equal(one(series, "tailscale_up"), 0);
    assert.equal(size(series, "headscale_nodes_info"), 1);
    assert.equal(one(series, "headscale_scrape_collector_success", 'collector="nodes"'), 0);
  });

  test("a collector without its scope is no failure for ever, and one that fails is", TIMEOUT, async () => {
    await using at = await fleetOf([DEVICE]);
    at.control.fail("/services", 403);
    at.control.fail("/keys", 500);
    const series = await at.fleet.sees(
      "both",
      (series) =>
        one(series, "tsmon_fleet_part_supported", 'part="services"') === 0 &&
        one(series, "tailscale_scrape_collector_success", 'collector="keys"') === 0,
    );
    assert.equal(one(series, "tailscale_scrape_collector_success", 'collector="services"'), undefined);
    assert.equal(one(series, "tailscale_scrape_collector_success", 'collector="devices"'), 1);
  });

  test("a wrong secret at the start ends nothing: when it is right, the devices are there", TIMEOUT, async () => {
    await using control = await FakeControl.start(2);
    await using starter = new Tsmon(["--version"]);
    const file = join(starter.directory, "secret");
    writeFileSync(file, "wrong", { mode: 0o600 });
    const args = ["--socket", "/nonexistent", "--api.url", control.url, "--api.oauth-client-id", "id-1"];
    await using fleet = await TestFleet.start([...args, "--api.oauth-client-secret-file", file]);
    await fleet.sees(
      "the refusal",
      (series) => one(series, "tsmon_fleet_part_failure", 'part="devices"', 'reason="unauthorized"') === 1,
    );
    writeFileSync(file, "tskey-client-good");
    await fleet.sees("devices", (series) => size(series, "tailscale_device_info") === 2);
  });

  test("a key is known by its description, tags and scopes, and an OAuth client by its type", TIMEOUT, async () => {
    const create = { reusable: true, ephemeral: false, preauthorized: true, tags: ["tag:ci"] };
    const keys = [
      { id: "k1", keyType: "auth", description: "runners", userId: "u1", capabilities: { devices: { create } } },
      { id: "k2", keyType: "client", description: "fleet", scopes: ["devices:core:read", "users:read"] },
    ];
    await using at = await fleetOf([DEVICE], { "/keys": { keys } });
    assertHas(
      at.series,
      `tailscale_key_info{description="runners",ephemeral="false",key_id="k1",key_type="auth",preauthorized="true",reusable="true",scopes="",tags="tag:ci",tailnet="example.ts.net",user_id="u1"} 1`,
      `tailscale_key_info{description="fleet",ephemeral="",key_id="k2",key_type="client",preauthorized="",reusable="",scopes="devices:core:read,users:read",tags="",tailnet="example.ts.net",user_id=""} 1`,
    );
  });
});

describe("what others get wrong", () => {
  test(
    "5,000 devices, of more than 4 MiB, are no failure, and no device's invites are asked for",
    TIMEOUT,
    async () => {
      await using control = await FakeControl.start(5000);
      assert.ok(JSON.stringify(control.answers["/devices"]).length > 4 * 1024 * 1024);
      await using fleet = await TestFleet.start([
        "--socket",
        "/nonexistent",
        "--api.key",
        "tskey-api-good",
        "--api.url",
        control.url,
        "--refresh",
        "1h",
        "--refresh.slow",
        "1h",
      ]);
      const known = async () => (JSON.parse(await fleet.text("/api/v1/devices")) as { devices: unknown[] }).devices;
      await eventually("all devices", async () => (await known()).length === 5000, 40);
      assert.deepEqual(
        control.requests.filter((url) => url.includes("/device/")),
        [],
      );
    },
  );

  test("a device of which the agent is down stays, under its state", TIMEOUT, async () => {
    const status = {
      ...statusOf(0),
      Peer: { "nodekey:1": { ...peerOf(1), Online: false, LastSeen: "2026-01-01T00:00:00Z" } },
    };
    await using fake = await FakeTailscaled.start({ status });
    await using fleet = await TestFleet.start(["--socket", fake.socketPath, "--live", "never"]);
    const series = await fleet.sees("the peer", (series) => size(series, "tailscale_device_info") === 2);
    assert.equal(one(series, "tailscale_device_state", "n1CNTRL", "offline"), 1);
    assert.equal(one(series, "tailscale_device_online", "n1CNTRL"), 0);
  });

  test("names with quotes, line feeds and other scripts make an exposition that can be read", TIMEOUT, async () => {
    const names = ['a"b', "a\\b", "a\nb", "\u2028 ü 名", "x".repeat(5000), "\ud800"];
    await using at = await fleetOf(
      names.map((name, index) => ({
        ...DEVICE,
        nodeId: `n${index}`,
        name,
        hostname: name,
        os: name,
        tags: [`tag:${name}`],
      })),
    );
    const { parseText } = await import("../../../src/exporter/text.ts");
    const samples = parseText(await at.fleet.text());
    assert.equal(samples.filter(({ metric }) => metric.name === "tailscale_device_info").length, names.length);
    assert.ok(Math.max(...samples.map(({ labels }) => labels.length)) < 4000);
  });
});
