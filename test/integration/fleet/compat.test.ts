import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { FakeTailscaled, statusOf } from "../fake-tailscaled.ts";
import { FakeControl } from "./fake-control.ts";
import { TestFleet } from "./test-fleet.ts";

const TIMEOUT = { timeout: 60_000 };

/** Families and labels in the dashboards and rules of tailscale-exporter 0.7. `cluster`, `namespace` and `job` are Prometheus's. */
const TAILSCALE_EXPORTER = `
tailscale_up tailnet
tailscale_scrape_collector_success collector tailnet
tailscale_scrape_collector_duration_seconds collector tailnet
tailscale_devices_info id name hostname os user client_version tailscale_ip tailscale_ipv6 machine_key node_key
tailscale_devices_last_seen_timestamp id name
tailscale_devices_expires_timestamp id name
tailscale_devices_created_timestamp id name
tailscale_devices_latency_ms id name derp_region
tailscale_devices_routes_advertised id name
tailscale_devices_routes_enabled id name
tailscale_devices_online id name
tailscale_devices_authorized id name
tailscale_devices_external id name
tailscale_devices_update_available id name client_version
tailscale_devices_key_expiry_disabled id name
tailscale_devices_blocks_incoming id name
tailscale_users_info id login_name display_name role status type
tailscale_users_currently_logged_in id login_name display_name
tailscale_users_last_seen_timestamp id login_name
tailscale_users_created_timestamp id login_name
tailscale_keys_info id key_type user_id
tailscale_keys_created_timestamp id key_type user_id
tailscale_keys_expires_timestamp id key_type user_id
tailscale_dns_nameservers_info nameserver
tailscale_dns_magic_dns tailnet
tailscale_tailnet_settings_info acls_externally_managed_on acls_external_link devices_approval_on devices_auto_updates_on users_approval_on users_role_allowed_to_join_external_tailnets network_flow_logging_on regional_routing_on posture_identity_collection_on
tailscale_tailnet_settings_devices_key_duration_days tailnet
tailscale_services_info name comment tags
tailscale_services_address name address
tailscale_services_port name port`;

const HEADSCALE = `
headscale_up tailnet
headscale_scrape_collector_success collector
headscale_scrape_collector_duration_seconds collector
headscale_health_database_connectivity tailnet
headscale_nodes_info id name user user_id given_name register_method machine_key node_key disco_key tailscale_ip tailscale_ipv6
headscale_nodes_last_seen_timestamp id name user
headscale_nodes_created_timestamp id name user
headscale_nodes_expiry_timestamp id name user
headscale_nodes_online id name user
headscale_nodes_approved_routes id name user
headscale_nodes_available_routes id name user
headscale_nodes_subnet_routes id name user
headscale_nodes_tags id name user
headscale_users_info id name display_name email provider provider_id
headscale_users_created_timestamp id name
headscale_apikeys_info id prefix
headscale_apikeys_created_timestamp id prefix
headscale_apikeys_expiration_timestamp id prefix
headscale_apikeys_last_seen_timestamp id prefix
headscale_preauthkeys_info id user reusable ephemeral used acl_tags
headscale_preauthkeys_created_timestamp id user
headscale_preauthkeys_expiration_timestamp id user`;

/** Families and labels in tsmetrics' dashboards and alerts; those that its program never feeds, and Go's own, left out. */
const TSMETRICS = `
tailscale_device_count
tailscale_device_info device_id device_name os version
tailscale_device_online device_id device_name
tailscale_device_authorized device_id device_name
tailscale_device_last_seen_timestamp device_id device_name
tailscale_device_user device_id device_name user_email
tailscale_device_machine_key_expiry device_id device_name
tailscale_device_routes_advertised device_id device_name route
tailscale_device_routes_enabled device_id device_name route
tailscale_device_exit_node device_id device_name
tailscale_device_exit_node_option device_id device_name
tailscale_device_subnet_router device_id device_name
tailscale_device_update_available device_id device_name
tailscale_device_created_timestamp device_id device_name
tailscale_device_external device_id device_name
tailscale_device_blocks_incoming_connections device_id device_name
tailscale_device_ephemeral device_id device_name
tailscale_device_multiple_connections device_id device_name
tailscale_device_latency_ms device_id device_name derp_region preferred
tailscale_device_endpoints_total device_id device_name
tailscale_device_client_supports device_id device_name feature
tailscale_device_tailnet_lock_error device_id device_name
tailscale_device_posture_serial_numbers_total device_id device_name
tsmetrics_scrape_duration_seconds_bucket target le
tsmetrics_scrape_duration_seconds_sum target
tsmetrics_scrape_duration_seconds_count target
tsmetrics_scrape_errors_total target error_type
tsmetrics_last_scrape_timestamp_seconds
tsmetrics_online_devices_total
tsmetrics_cache_hit_ratio
tsmetrics_api_calls_saved_total
tsmetrics_memory_usage_bytes`;

const MESH = `
tailscale_peers_total
tailscale_peers_online
tailscale_peer_online hostname
tailscale_peer_direct hostname`;

/** Types of the families that are no gauges. */
const TYPES: Readonly<Record<string, string>> = {
  tsmetrics_scrape_duration_seconds: "histogram",
  tsmetrics_scrape_errors_total: "counter",
  tsmetrics_api_calls_saved_total: "counter",
};

function assertTypes(text: string, wanted: string): void {
  for (const line of wanted.trim().split("\n")) {
    const family = line.split(" ")[0]!.replace(/^(tsmetrics_scrape_duration_seconds)_.*/, "$1");
    assert.match(text, new RegExp(`^# TYPE ${family} ${TYPES[family] ?? "gauge"}$`, "m"));
  }
}

function assertFamilies(series: ReadonlyMap<string, number>, wanted: string): void {
  for (const line of wanted.trim().split("\n")) {
    const [family = "", ...labels] = line.split(" ");
    const found = [...series.keys()].find((name) => name === family || name.startsWith(`${family}{`));
    assert.ok(found, `no family ${family}`);
    for (const label of labels) assert.match(found, new RegExp(`[{,]${label}="`), `label ${label} of ${found}`);
  }
}

describe("--compat", () => {
  test(
    "has every family and label of the Tailscale dashboards and rules of tailscale-exporter, tsmetrics and mesh",
    TIMEOUT,
    async () => {
      await using control = await FakeControl.start(60);
      const { devices } = control.answers["/devices"] as { devices: { nodeId: string }[] };
      const status = statusOf(3) as { Peer: Record<string, { ID: string; Active: boolean; CurAddr: string }> };
      for (const [index, peer] of Object.values(status.Peer).entries()) {
        Object.assign(peer, { ID: devices[index]!.nodeId, Active: true, CurAddr: "192.0.2.1:41641" });
      }
      await using fake = await FakeTailscaled.start({ status: status as never });
      const args = [
        "--socket",
        fake.socketPath,
        "--live",
        "never",
        "--api.key",
        "tskey-api-good",
        "--api.url",
        control.url,
      ];
      await using fleet = await TestFleet.start([
        ...args,
        "--compat",
        "tailscale-exporter",
        "--compat",
        "tsmetrics",
        "--compat",
        "mesh",
      ]);
      const series = await fleet.sees("all parts", (series) => {
        const has = (family: string) => [...series.keys()].some((name) => name.startsWith(`${family}{`));
        return [
          "tailscale_users_info",
          "tailscale_services_port",
          "tailscale_keys_info",
          "tailscale_dns_magic_dns",
          "tailscale_tailnet_settings_info",
          "tailscale_peer_direct",
          "tailscale_devices_info",
        ].every(has);
      });
      assertFamilies(series, TAILSCALE_EXPORTER);
      assertFamilies(series, TSMETRICS);
      assertFamilies(series, MESH);
      const text = await fleet.text();
      for (const families of [TAILSCALE_EXPORTER, TSMETRICS, MESH]) assertTypes(text, families);
    },
  );

  test("has tsmetrics' durations as a histogram, of which the whole is the sum of its parts", TIMEOUT, async () => {
    await using control = await FakeControl.start(3);
    const args = ["--socket", "/nonexistent", "--api.key", "tskey-api-good", "--api.url", control.url];
    const slow = ["--refresh", "1h", "--refresh.slow", "1h"];
    await using fleet = await TestFleet.start([...args, ...slow, "--compat", "tsmetrics"]);
    const name = (end: string) => `tsmetrics_scrape_duration_seconds_${end}`;
    const count = (series: ReadonlyMap<string, number>) => series.get(name('count{target="tailscale"}'));
    // Eleven parts of the API, and tailscaled.
    const series = await fleet.sees("all refreshes", (series) => count(series) === 12);
    const buckets = [...series].filter(([key]) => key.startsWith(name("bucket{"))).map(([, value]) => value);
    assert.equal(buckets.length, 12);
    assert.deepEqual(
      buckets,
      buckets.toSorted((a, b) => a - b),
    );
    assert.equal(series.get(name('bucket{le="+Inf",target="tailscale"}')), 12);
  });

  test("has every family and label of tailscale-exporter's Headscale dashboard", TIMEOUT, async () => {
    const user = {
      id: "1",
      name: "ann",
      createdAt: "2025-01-01T00:00:00Z",
      displayName: "Ann",
      email: "a@example.com",
      provider: "oidc",
      providerId: "x",
    };
    const node = {
      id: "7",
      name: "host",
      givenName: "host",
      user,
      ipAddresses: ["100.64.0.7", "fd7a:115c:a1e0::7"],
      lastSeen: "2026-01-01T00:00:00Z",
      expiry: "2027-01-01T00:00:00Z",
      createdAt: "2025-01-01T00:00:00Z",
      registerMethod: "REGISTER_METHOD_CLI",
      online: true,
      approvedRoutes: [],
      availableRoutes: ["10.0.0.0/8"],
      subnetRoutes: [],
      tags: ["tag:a"],
    };
    await using control = await FakeControl.start(0, {
      "/devices": { devices: [{ id: "7", nodeId: "7", name: "host", os: "linux", clientVersion: "1.80.2" }] },
      "/api/v1/node": { nodes: [node, { ...node, id: "8", online: false, expiry: null }] },
      "/api/v1/user": { users: [user] },
      "/api/v1/apikey": {
        apiKeys: [
          {
            id: "1",
            prefix: "abc",
            expiration: "2027-01-01T00:00:00Z",
            createdAt: "2025-01-01T00:00:00Z",
            lastSeen: "2026-01-01T00:00:00Z",
          },
        ],
      },
      "/api/v1/preauthkey": {
        preAuthKeys: [
          {
            id: "1",
            user,
            key: "secret",
            reusable: true,
            ephemeral: false,
            used: false,
            expiration: "2027-01-01T00:00:00Z",
            createdAt: "2025-01-01T00:00:00Z",
            aclTags: [],
          },
        ],
      },
      "/api/v1/health": { databaseConnectivity: true },
    });
    const args = ["--socket", "/nonexistent", "--headscale.url", control.url, "--headscale.key", "tskey-api-good"];
    await using fleet = await TestFleet.start([...args, "--compat", "tailscale-exporter"]);
    const series = await fleet.sees(
      "all parts",
      (series) =>
        [...series.keys()].filter((name) =>
          /^headscale_(users|apikeys|preauthkeys)_info|^headscale_health|^headscale_nodes_info/.test(name),
        ).length === 6,
    );
    assertFamilies(series, HEADSCALE);
    assertTypes(await fleet.text(), HEADSCALE);
    assert.equal(series.get('tailscale_up{tailnet="-"}'), 1);
    const info = [...series.keys()].find((name) => name.startsWith('tailscale_device_info{device_id="7"'));
    assert.match(info ?? "", /os="linux",.*version="1\.80\.2"/, "what only v2 knows");
    assert.equal([...series].find(([name]) => name.startsWith('tailscale_device_online{device_id="8"'))?.[1], 0);
  });

  test("has every API key of Headscale, also those without a prefix", TIMEOUT, async () => {
    const apiKeys = [
      { id: "1", prefix: "", expiration: "2027-01-01T00:00:00Z" },
      { id: "2", prefix: "" },
      { id: 3 },
      { id: "4", prefix: "abc" },
      { id: "4", prefix: "abc" },
    ];
    await using control = await FakeControl.start(0, { "/api/v1/node": { nodes: [] }, "/api/v1/apikey": { apiKeys } });
    const args = ["--socket", "/nonexistent", "--headscale.url", control.url, "--headscale.key", "tskey-api-good"];
    await using fleet = await TestFleet.start([...args, "--compat", "tailscale-exporter"]);
    const isInfo = (name: string) => name.startsWith("headscale_apikeys_info{");
    const series = await fleet.sees("keys", (series) => [...series.keys()].some(isInfo));
    assert.deepEqual([...series.keys()].filter(isInfo), [
      'headscale_apikeys_info{id="1",prefix="",tailnet="-"}',
      'headscale_apikeys_info{id="2",prefix="",tailnet="-"}',
      'headscale_apikeys_info{id="3",prefix="",tailnet="-"}',
      'headscale_apikeys_info{id="4",prefix="abc",tailnet="-"}',
    ]);
  });
});
