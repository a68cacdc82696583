import { escapeLabelValue } from "../../exporter/metric.ts";
import { timestampSeconds } from "../../localapi/time.ts";
import { clipped, type FleetDevice, shortVersion } from "../device.ts";
import { byId } from "../families/facts.ts";
import type { Sink } from "../families/sink.ts";
import type { DeviceView, TailnetSnapshot } from "../snapshot.ts";
import { type Collectors, collectorSamples, foreign } from "./metric.ts";

const ID = ["id", "name", "hostname", "os", "user"] as const;

const COLLECTORS: Collectors = {
  success: foreign("tailscale_scrape_collector_success", "tailscale_exporter: Whether a collector succeeded.", [
    "collector",
  ]),
  duration: foreign(
    "tailscale_scrape_collector_duration_seconds",
    "tailscale_exporter: Duration of a collector scrape.",
    ["collector"],
  ),
  byPart: {
    devices: "devices",
    users: "users",
    keys: "keys",
    dns: "dns",
    settings: "tailnet_settings",
    services: "services",
  },
};

const INFO = foreign("tailscale_devices_info", "Device information", [
  ...ID,
  "client_version",
  "tailscale_ip",
  "tailscale_ipv6",
  "machine_key",
  "node_key",
]);
const LATENCY = foreign("tailscale_devices_latency_ms", "Device latency in milliseconds", [...ID, "derp_region"]);
const UPDATE = foreign("tailscale_devices_update_available", "Whether device has update available", [
  ...ID,
  "client_version",
]);

/** Families of one value a device. One that is not known has none. */
const DEVICE: readonly (readonly [
  ReturnType<typeof foreign<(typeof ID)[number]>>,
  (view: DeviceView) => number | boolean | undefined,
])[] = [
  [foreign("tailscale_devices_online", "Whether device is online", ID), ({ online }) => online],
  [foreign("tailscale_devices_authorized", "Whether device is authorized", ID), ({ device }) => device.authorized],
  [foreign("tailscale_devices_external", "Whether device is external", ID), ({ device }) => device.external],
  [
    foreign("tailscale_devices_key_expiry_disabled", "Whether device key expiry is disabled", ID),
    ({ device }) => device.keyExpiryDisabled,
  ],
  [
    foreign("tailscale_devices_blocks_incoming", "Whether device blocks incoming connections", ID),
    ({ device }) => device.blocksIncoming,
  ],
  [
    foreign("tailscale_devices_last_seen_timestamp", "Unix timestamp when device was last seen", ID),
    ({ device }) => device.lastSeenSeconds,
  ],
  [
    foreign("tailscale_devices_expires_timestamp", "Unix timestamp when device key expires", ID),
    ({ device }) => device.keyExpirySeconds,
  ],
  [
    foreign("tailscale_devices_created_timestamp", "Unix timestamp when device was created", ID),
    ({ device }) => device.createdSeconds,
  ],
  [
    foreign("tailscale_devices_routes_advertised", "Number of routes advertised by device", ID),
    ({ device }) => device.advertisedRoutes?.length,
  ],
  [
    foreign("tailscale_devices_routes_enabled", "Number of routes enabled for device that it advertises", ID),
    ({ device }) => enabledAndAdvertised(device),
  ],
];

const USER = ["id", "login_name", "display_name"] as const;
const USER_INFO = foreign("tailscale_users_info", "Users information and status", [...USER, "role", "status", "type"]);
const USER_LOGGED_IN = foreign("tailscale_users_currently_logged_in", "Whether user is currently logged in", USER);
const USER_SEEN = foreign("tailscale_users_last_seen_timestamp", "Unix timestamp when user was last seen", USER);
const USER_CREATED = foreign("tailscale_users_created_timestamp", "Unix timestamp when user was created", USER);

const KEY = ["id", "key_type", "user_id"] as const;
const KEY_INFO = foreign("tailscale_keys_info", "Key information.", KEY);
const KEY_CREATED = foreign("tailscale_keys_created_timestamp", "Timestamp when the key was created.", KEY);
const KEY_EXPIRES = foreign("tailscale_keys_expires_timestamp", "Timestamp when the key expires.", KEY);

const NAMESERVERS = foreign("tailscale_dns_nameservers_info", "Tailscale DNS nameservers configuration.", [
  "nameserver",
]);
const MAGIC_DNS = foreign("tailscale_dns_magic_dns", "Tailscale Magic DNS configuration.", []);
const SETTINGS = foreign("tailscale_tailnet_settings_info", "Information about the Tailscale Tailnet settings.", [
  "acls_externally_managed_on",
  "acls_external_link",
  "devices_approval_on",
  "devices_auto_updates_on",
  "users_approval_on",
  "users_role_allowed_to_join_external_tailnets",
  "network_flow_logging_on",
  "regional_routing_on",
  "posture_identity_collection_on",
]);
const KEY_DAYS = foreign(
  "tailscale_tailnet_settings_devices_key_duration_days",
  "Number of days before device key expiry.",
  [],
);
const SERVICE = foreign("tailscale_services_info", "Tailscale Service information", ["name", "comment", "tags"]);
const ADDRESS = foreign("tailscale_services_address", "Whether a Tailscale Service has an advertised address", [
  "name",
  "address",
]);
const PORT = foreign("tailscale_services_port", "Whether a Tailscale Service advertises a port", ["name", "port"]);

/** Families of adinhodovic/tailscale-exporter, with the values that they should have. */
export function tailscaleExporterSamples(sink: Sink, snapshot: TailnetSnapshot): void {
  collectorSamples(sink, snapshot, COLLECTORS);
  userSamples(sink, snapshot);
  settingSamples(sink, snapshot);
}

/** tailscale-exporter's families of one device. */
export function tailscaleExporterDevice(sink: Sink, view: DeviceView, tailnet: string): void {
  const { device } = view;
  const id = {
    id: device.legacyId ?? device.id,
    name: device.dnsName ?? device.name,
    hostname: device.hostname ?? "",
    os: device.os ?? "",
    user: device.user ?? "",
    tailnet,
  };
  const plain = DEVICE[0]![0].labels(id);
  const version = shortVersion(device.version) ?? device.version ?? "";
  // Keys of machines are no labels to have: they change, and tell who is who to every reader of the metrics.
  const info = { ...id, client_version: version, tailscale_ip: device.ipv4 ?? "", tailscale_ipv6: device.ipv6 ?? "" };
  sink.add(INFO, { ...info, machine_key: "", node_key: "" }, 1);
  sink.add(UPDATE, { ...id, client_version: version }, device.updateAvailable);
  for (const [metric, read] of DEVICE) sink.addRendered(metric, plain, read(view));
  for (const { region, seconds } of device.latencies ?? []) {
    // The region sorts before all of them.
    const block = `{derp_region="${escapeLabelValue(region)}",${plain.slice(1)}`;
    sink.addRendered(LATENCY, block, Math.round(seconds * 1e9) / 1e6);
  }
}

/** Approvals of routes that are advertised no more hide new ones that are not approved, where numbers are compared. */
function enabledAndAdvertised({ advertisedRoutes, enabledRoutes }: FleetDevice): number | undefined {
  if (!enabledRoutes) return undefined;
  const advertised = new Set(advertisedRoutes ?? []);
  return enabledRoutes.filter((route) => advertised.has(route)).length;
}

function userSamples(sink: Sink, { users, keys, tailnet }: TailnetSnapshot): void {
  for (const user of byId(users, "id")) {
    const labels = {
      id: user.id,
      login_name: clipped(user.loginName) ?? "",
      display_name: clipped(user.displayName) ?? "",
      tailnet,
    };
    const kind = { role: clipped(user.role) ?? "", status: clipped(user.status) ?? "", type: clipped(user.type) ?? "" };
    sink.add(USER_INFO, { ...labels, ...kind }, 1);
    sink.add(USER_LOGGED_IN, labels, user.currentlyConnected);
    sink.add(USER_SEEN, labels, timestampSeconds(user.lastSeen));
    sink.add(USER_CREATED, labels, timestampSeconds(user.created));
  }
  for (const key of byId(keys, "id")) {
    const labels = { id: key.id, key_type: clipped(key.keyType) ?? "", user_id: clipped(key.userId) ?? "", tailnet };
    sink.add(KEY_INFO, labels, 1);
    sink.add(KEY_CREATED, labels, timestampSeconds(key.created));
    sink.add(KEY_EXPIRES, labels, timestampSeconds(key.expires));
  }
}

function settingSamples(sink: Sink, { dns, settings, services, tailnet }: TailnetSnapshot): void {
  for (const nameserver of new Set(dns?.nameservers))
    sink.add(NAMESERVERS, { nameserver: clipped(nameserver) ?? "", tailnet }, 1);
  sink.add(MAGIC_DNS, { tailnet }, dns?.preferences?.magicDNS);
  if (settings) {
    // Empty is what is not known; the original says false of what it may not see.
    const told = (value: boolean | string | undefined) => clipped(String(value ?? "")) ?? "";
    const labels = {
      acls_externally_managed_on: told(settings.aclsExternallyManagedOn),
      acls_external_link: told(settings.aclsExternalLink),
      devices_approval_on: told(settings.devicesApprovalOn),
      devices_auto_updates_on: told(settings.devicesAutoUpdatesOn),
      users_approval_on: told(settings.usersApprovalOn),
      users_role_allowed_to_join_external_tailnets: told(settings.usersRoleAllowedToJoinExternalTailnets),
      network_flow_logging_on: told(settings.networkFlowLoggingOn),
      regional_routing_on: told(settings.regionalRoutingOn),
      posture_identity_collection_on: told(settings.postureIdentityCollectionOn),
      tailnet,
    };
    sink.add(SETTINGS, labels, 1);
    sink.add(KEY_DAYS, { tailnet }, settings.devicesKeyDurationDays);
  }
  for (const { name, comment, tags, addrs, ports } of byId(services, "name")) {
    const service = clipped(name) ?? "";
    sink.add(
      SERVICE,
      { name: service, comment: clipped(comment) ?? "", tags: clipped(tags?.join(",")) ?? "", tailnet },
      1,
    );
    for (const address of new Set(addrs))
      sink.add(ADDRESS, { name: service, address: clipped(address) ?? "", tailnet }, 1);
    for (const port of new Set(ports)) sink.add(PORT, { name: service, port: clipped(port) ?? "", tailnet }, 1);
  }
}
