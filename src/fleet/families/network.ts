import { gauge } from "../../exporter/metric.ts";
import { clipped } from "../device.ts";
import type { TailnetSnapshot } from "../snapshot.ts";
import { byId } from "./facts.ts";
import type { Sink } from "./sink.ts";

const NAMESERVER = gauge("tailscale_dns_nameserver_info", "A nameserver of the tailnet. Always 1.", [
  "nameserver",
  "tailnet",
]);
const SPLIT = gauge("tailscale_dns_split_info", "A nameserver for one domain. Always 1.", [
  "domain",
  "nameserver",
  "tailnet",
]);
const SEARCH = gauge("tailscale_dns_search_path_info", "A search path of the tailnet. Always 1.", [
  "search_path",
  "tailnet",
]);
const MAGIC = gauge("tailscale_dns_magic_dns_enabled", "Whether MagicDNS is on: 1 means yes.", ["tailnet"]);
const OVERRIDE = gauge(
  "tailscale_dns_override_local_enabled",
  "Whether the tailnet's DNS replaces that of devices: 1 means yes.",
  ["tailnet"],
);
const SETTING = gauge(
  "tailscale_setting_enabled",
  "Whether a setting of the tailnet is on: 1 means yes. Absent when the credential may not see it.",
  ["setting", "tailnet"],
);
const KEY_DAYS = gauge("tailscale_setting_device_key_duration_seconds", "How long keys of devices last, in seconds.", [
  "tailnet",
]);
const JOIN_ROLE = gauge("tailscale_setting_join_external_role_info", "Who may join other tailnets. Always 1.", [
  "role",
  "tailnet",
]);
const SERVICE = gauge("tailscale_service_info", "A service with addresses of its own. Always 1.", [
  "service",
  "comment",
  "tags",
  "tailnet",
]);
const SERVICE_ADDRESS = gauge("tailscale_service_address_info", "An address of the service. Always 1.", [
  "service",
  "address",
  "tailnet",
]);
const SERVICE_PORT = gauge("tailscale_service_port_info", "A port of the service. Always 1.", [
  "service",
  "port",
  "tailnet",
]);

/** Families of DNS, settings and services. */
export const NETWORK_METRICS = [
  NAMESERVER,
  SPLIT,
  SEARCH,
  MAGIC,
  OVERRIDE,
  SETTING,
  KEY_DAYS,
  JOIN_ROLE,
  SERVICE,
  SERVICE_ADDRESS,
  SERVICE_PORT,
];

/** Settings that are on or off, by their name in labels. */
const SETTINGS = {
  acls_externally_managed: "aclsExternallyManagedOn",
  devices_approval: "devicesApprovalOn",
  devices_auto_updates: "devicesAutoUpdatesOn",
  users_approval: "usersApprovalOn",
  network_flow_logging: "networkFlowLoggingOn",
  regional_routing: "regionalRoutingOn",
  posture_identity_collection: "postureIdentityCollectionOn",
  https: "httpsEnabled",
} as const;

const SECONDS_PER_DAY = 86_400;

/** What the tailnet is set to, and its services. */
export function networkSamples(sink: Sink, { dns, settings, services, tailnet }: TailnetSnapshot): void {
  for (const nameserver of new Set(dns?.nameservers)) {
    sink.add(NAMESERVER, { nameserver: clipped(nameserver) ?? "", tailnet }, 1);
  }
  for (const { domain, nameservers } of dns?.splitDNS ?? []) {
    for (const nameserver of new Set(nameservers)) {
      sink.add(SPLIT, { domain: clipped(domain) ?? "", nameserver: clipped(nameserver) ?? "", tailnet }, 1);
    }
  }
  for (const path of new Set(dns?.searchPaths)) sink.add(SEARCH, { search_path: clipped(path) ?? "", tailnet }, 1);
  sink.add(MAGIC, { tailnet }, dns?.preferences?.magicDNS);
  sink.add(OVERRIDE, { tailnet }, dns?.preferences?.overrideLocalDNS);
  for (const [setting, field] of Object.entries(SETTINGS)) sink.add(SETTING, { setting, tailnet }, settings?.[field]);
  const days = settings?.devicesKeyDurationDays;
  sink.add(KEY_DAYS, { tailnet }, days === undefined ? undefined : days * SECONDS_PER_DAY);
  const role = clipped(settings?.usersRoleAllowedToJoinExternalTailnets);
  if (role) sink.add(JOIN_ROLE, { role, tailnet }, 1);
  for (const { name, comment, tags, addrs, ports } of byId(services, "name")) {
    const service = clipped(name) ?? "";
    sink.add(SERVICE, { service, comment: clipped(comment) ?? "", tags: clipped(tags?.join(",")) ?? "", tailnet }, 1);
    for (const address of new Set(addrs))
      sink.add(SERVICE_ADDRESS, { service, address: clipped(address) ?? "", tailnet }, 1);
    for (const port of new Set(ports)) sink.add(SERVICE_PORT, { service, port: clipped(port) ?? "", tailnet }, 1);
  }
}
