import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { FakeControl } from "./fake-control.ts";
import { one, TestFleet } from "./test-fleet.ts";

const TIMEOUT = { timeout: 60_000 };
const DAY_MS = 86_400_000;
/** Whole seconds, so that times can be compared. */
const NOW_MS = Math.floor(Date.now() / 1000) * 1000;
const iso = (days: number) => new Date(NOW_MS + days * DAY_MS).toISOString();
const seconds = (days: number) => NOW_MS / 1000 + (days * DAY_MS) / 1000;

const LATENCY = { Frankfurt: { latencyMs: 12.5, preferred: true }, Paris: { latencyMs: 20 } };
const DEVICES = [
  {
    id: "11",
    nodeId: "n1",
    name: "router.example.ts.net",
    hostname: "twin",
    os: "linux",
    clientVersion: "1.102.3-t1-g1",
    user: "ann@example.com",
    tags: ["tag:edge", "tag:prod"],
    connectedToControl: true,
    keyExpiryDisabled: true,
    expires: "2020-01-01T00:00:00Z",
    advertisedRoutes: ["10.1.0.0/16", "10.2.0.0/16", "0.0.0.0/0", "::/0"],
    enabledRoutes: ["10.1.0.0/16", "0.0.0.0/0", "::/0"],
    clientConnectivity: { latency: LATENCY, endpoints: ["192.0.2.1:1", "192.0.2.2:2"], clientSupports: { udp: true } },
    postureIdentity: { serialNumbers: ["A", "B"], disabled: false },
  },
  {
    id: "12",
    nodeId: "n2",
    name: "spare.example.ts.net",
    hostname: "Twin",
    os: "linux",
    clientVersion: "1.100.0",
    user: "ann@example.com",
    connectedToControl: true,
    expires: iso(3),
    advertisedRoutes: ["10.1.0.0/16"],
    enabledRoutes: ["10.1.0.0/16", "10.9.0.0/16"],
  },
  {
    id: "13",
    nodeId: "n3",
    name: "laptop.example.ts.net",
    hostname: "laptop",
    os: "macOS",
    clientVersion: "1.96.1",
    user: "bob@example.com",
    connectedToControl: false,
    lastSeen: iso(-2),
    expires: iso(-1),
    advertisedRoutes: [],
    enabledRoutes: [],
    multipleConnections: true,
    tailnetLockError: "not signed",
    authorized: false,
  },
];

const ANSWERS = {
  "/devices": { devices: [...DEVICES, DEVICES[0]] },
  "/users": {
    users: [
      {
        id: "u1",
        loginName: "ann@example.com",
        displayName: "Ann",
        role: "owner",
        status: "active",
        type: "member",
        deviceCount: 2,
        created: iso(-100),
        lastSeen: iso(-1),
        currentlyConnected: true,
      },
    ],
  },
  "/keys": {
    keys: [
      { id: "k1", keyType: "auth", description: "old", created: iso(-90), expires: iso(-1) },
      { id: "k2", keyType: "api", description: "mine", created: iso(-9), expires: iso(9), userId: "u1" },
      { id: "k3", keyType: "client", description: "gone", created: iso(-9), revoked: iso(-1) },
    ],
  },
  "/dns/configuration": {
    nameservers: [{ address: "192.0.2.53" }],
    splitDNS: { "corp.example.com": [{ address: "192.0.2.54" }] },
    searchPaths: ["corp.example.com"],
    preferences: { magicDNS: true, overrideLocalDNS: false },
  },
  "/settings": { devicesApprovalOn: true, networkFlowLoggingOn: null, devicesKeyDurationDays: 90 },
  "/services": {
    vipServices: [{ name: "svc:wiki", addrs: ["100.100.7.7"], comment: "c", ports: ["tcp:443"], tags: ["tag:a"] }],
  },
  "/webhooks": {
    webhooks: [
      {
        endpointId: "w1",
        endpointUrl: "https://hooks.example.com/SECRET",
        providerType: "slack",
        creatorLoginName: "ann@example.com",
        subscriptions: ["nodeCreated", "nodeDeleted"],
      },
    ],
  },
  "/posture/integrations": {
    integrations: [
      {
        id: "p1",
        provider: "intune",
        status: { lastSync: iso(-1), error: "SECRET", providerHostCount: 5, matchedCount: 3, possibleMatchedCount: 1 },
      },
    ],
  },
  "/user-invites": [{ id: "1", role: "admin", inviteUrl: "https://login.example.com/SECRET" }],
  "/contacts": { security: { email: "SECRET@example.com", needsVerification: true } },
  "/logging/network/stream/status": {
    lastActivity: iso(-1),
    lastError: "SECRET",
    numEntriesSent: 7,
    numTotalRequests: 9,
    numFailedRequests: 2,
  },
};

const WANTED = `
tailscale_devices{online="true"} 2
tailscale_devices{online="false"} 1
tailscale_devices_by_os{os="linux"} 2
tailscale_devices_by_version{version="1.100.0"} 1
tailscale_devices_by_tag{tag="tag:edge"} 1
tailscale_devices_by_user{user="ann@example.com"} 1
tailscale_devices_by_user{user="bob@example.com"} 1
tailscale_devices_by_state{state="offline"} 1
tailscale_devices_untagged 2
tailscale_devices_same_hostname 2
tsmon_fleet_duplicate_devices 1
tailscale_devices_by_key_expiry{within="expired"} 1
tailscale_devices_by_key_expiry{within="24h"} 0
tailscale_devices_by_key_expiry{within="7d"} 1
tailscale_device_key_expiry_timestamp_seconds{device_id="n2"} ${seconds(3)}
tailscale_device_version_minors_behind{device_id="n1"} 0
tailscale_device_version_minors_behind{device_id="n2"} 2
tailscale_device_version_minors_behind{device_id="n3"} 6
tailscale_device_exit_node{device_id="n1"} 1
tailscale_device_subnet_router{device_id="n1"} 1
tailscale_device_routes_unapproved{device_id="n1"} 1
tailscale_device_routes_unapproved{device_id="n2"} 0
tailscale_routes_unapproved 1
tailscale_route_routers{route="10.1.0.0/16"} 2
tailscale_route_routers{route="10.9.0.0/16"} 0
tailscale_device_latency_seconds{derp_region="Frankfurt",device_id="n1",preferred="true"} 0.0125
tailscale_device_latency_seconds{derp_region="Paris",device_id="n1",preferred="false"} 0.02
tailscale_device_endpoints{device_id="n1"} 2
tailscale_device_client_supports{device_id="n1",feature="udp"} 1
tailscale_device_posture_serial_numbers{device_id="n1"} 2
tailscale_device_posture_identity_disabled{device_id="n1"} 0
tailscale_device_multiple_connections{device_id="n3"} 1
tailscale_device_multiple_connections{device_id="n1"} 0
tailscale_device_tailnet_lock_error{device_id="n3"} 1
tailscale_device_authorized{device_id="n3"} 0
tailscale_device_last_seen_timestamp_seconds{device_id="n3"} ${seconds(-2)}
tailscale_users{role="owner",status="active",type="member"} 1
tailscale_user_info{display_name="Ann",login_name="ann@example.com",role="owner",status="active",type="member",user_id="u1"} 1
tailscale_user_connected{user_id="u1"} 1
tailscale_user_devices{user_id="u1"} 2
tailscale_user_last_seen_timestamp_seconds{user_id="u1"} ${seconds(-1)}
tailscale_user_invites{role="admin"} 1
tailscale_key_valid{key_id="k1",key_type="auth"} 0
tailscale_key_valid{key_id="k2",key_type="api"} 1
tailscale_key_valid{key_id="k3",key_type="client"} 0
tailscale_key_expiry_timestamp_seconds{key_id="k2"} ${seconds(9)}
tailscale_dns_nameserver_info{nameserver="192.0.2.53"} 1
tailscale_dns_split_info{domain="corp.example.com",nameserver="192.0.2.54"} 1
tailscale_dns_search_path_info{search_path="corp.example.com"} 1
tailscale_dns_magic_dns_enabled 1
tailscale_dns_override_local_enabled 0
tailscale_setting_enabled{setting="devices_approval"} 1
tailscale_setting_device_key_duration_seconds ${90 * 86_400}
tailscale_service_info{comment="c",service="svc:wiki",tags="tag:a"} 1
tailscale_service_address_info{address="100.100.7.7",service="svc:wiki"} 1
tailscale_service_port_info{port="tcp:443",service="svc:wiki"} 1
tailscale_webhook_info{creator="ann@example.com",provider="slack",webhook_id="w1"} 1
tailscale_webhook_subscriptions{webhook_id="w1"} 2
tailscale_posture_integration_error{integration_id="p1",provider="intune"} 1
tailscale_posture_integration_last_sync_timestamp_seconds{integration_id="p1"} ${seconds(-1)}
tailscale_posture_integration_hosts{integration_id="p1",match="matched"} 3
tailscale_contact_needs_verification{contact="security"} 1
tailscale_log_stream_error{log="network"} 1
tailscale_log_stream_last_activity_timestamp_seconds{log="network"} ${seconds(-1)}
tailscale_log_stream_entries_sent{log="network"} 7
tailscale_log_stream_requests{log="network",outcome="failed"} 2`;

/** Of these the API does not tell the value. */
const ABSENT = [
  ["tailscale_setting_enabled", 'setting="network_flow_logging"'],
  ["tailscale_device_key_expiry_timestamp_seconds", 'device_id="n1"'],
  ["tailscale_key_expiry_timestamp_seconds", 'key_id="k3"'],
  ["tailscale_device_last_seen_timestamp_seconds", 'device_id="n1"'],
  ["tailscale_device_posture_serial_numbers", 'device_id="n2"'],
  ["tailscale_log_stream_error", 'log="configuration"'],
] as const;

const ARGS = ["--socket", "/nonexistent", "--api.key", "tskey-api-good"];
const areAll = (series: Map<string, number>) =>
  one(series, "tsmon_fleet_part_success", 'part="log_streaming"') === 1 && one(series, "tailscale_up") === 1;

describe("tsmon fleet tells of the API", () => {
  test("each fact with its value, what is not known not at all, and no secret", TIMEOUT, async () => {
    await using control = await FakeControl.start(0, ANSWERS);
    delete control.answers["/logging/configuration/stream/status"];
    await using fleet = await TestFleet.start([...ARGS, "--api.url", control.url]);
    const series = await fleet.sees("all parts", areAll);
    for (const line of WANTED.trim().split("\n")) {
      const [, family = "", labels = "", value] = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
      const texts = labels.match(/\w+="[^"]*"/g) ?? [];
      assert.equal(one(series, family, ...texts), Number(value), line);
    }
    for (const [family, text] of ABSENT) assert.equal(one(series, family, text), undefined, `${family} ${text}`);
    assert.doesNotMatch((await fleet.text()) + (await fleet.text("/debug")) + fleet.log.join(), /SECRET/);
  });

  test("no more series than the limits allow, and how many it left out", TIMEOUT, async () => {
    await using control = await FakeControl.start(0, ANSWERS);
    const limits = ["--metrics.devices-limit", "2", "--metrics.routes-limit", "1", "--metrics.exclude", "*_latency_*"];
    await using fleet = await TestFleet.start([...ARGS, "--api.url", control.url, ...limits]);
    const series = await fleet.sees("all parts", areAll);
    assert.equal([...series.keys()].filter((name) => name.startsWith("tailscale_device_info{")).length, 2);
    assert.equal([...series.keys()].filter((name) => /^tailscale_device_routes_advertised\{/.test(name)).length, 2);
    assert.deepEqual(
      ["devices", "routes", "families"].map((limit) => one(series, "tsmon_fleet_omitted", `limit="${limit}"`)),
      [1, 3 + 2 + 1, 1],
    );
    assert.equal(one(series, "tailscale_devices", 'online="false"'), 1, "totals are of all");
    assert.equal(one(series, "tailscale_routes_unapproved"), 1);
  });

  test("how many questions each refresh cost, by endpoint and code", TIMEOUT, async () => {
    await using control = await FakeControl.start(0, ANSWERS);
    const slow = ["--refresh", "1h", "--refresh.slow", "1h"];
    await using fleet = await TestFleet.start([...ARGS, "--api.url", control.url, ...slow]);
    const series = await fleet.sees("all parts", areAll);
    const counts = [...series].filter(([name]) => name.startsWith("tsmon_fleet_api_requests_total{"));
    assert.equal(
      counts.reduce((sum, [, value]) => sum + value, 0),
      control.requests.length,
    );
    assert.equal(
      one(series, "tsmon_fleet_api_requests_total", 'code="200"', 'endpoint="/tailnet/{tailnet}/devices"'),
      1,
    );
    const { requests } = JSON.parse(await fleet.text("/debug"));
    assert.equal(requests["/tailnet/{tailnet}/devices 200"], 1);
  });
});
