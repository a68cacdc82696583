import { timestampSeconds } from "../../localapi/time.ts";
import { clipped } from "../device.ts";
import { byId } from "../families/facts.ts";
import type { Sink } from "../families/sink.ts";
import type { HeadscaleFacts, TailnetSnapshot } from "../snapshot.ts";
import { type Collectors, collectorSamples, foreign } from "./metric.ts";

const UP = foreign("headscale_up", "Whether Headscale API is accessible.", []);
const DATABASE = foreign(
  "headscale_health_database_connectivity",
  "Whether Headscale reports healthy database connectivity",
  [],
);

const NODE = ["id", "name", "user"] as const;
const NODE_INFO = foreign("headscale_nodes_info", "Node information", [
  ...NODE,
  "user_id",
  "given_name",
  "register_method",
  "machine_key",
  "node_key",
  "disco_key",
  "tailscale_ip",
  "tailscale_ipv6",
]);
const NODE_SEEN = foreign("headscale_nodes_last_seen_timestamp", "Unix timestamp when node was last seen", NODE);
const NODE_CREATED = foreign("headscale_nodes_created_timestamp", "Unix timestamp when node was created", NODE);
const NODE_EXPIRY = foreign("headscale_nodes_expiry_timestamp", "Unix timestamp when node expires", NODE);
const NODE_ONLINE = foreign("headscale_nodes_online", "Whether node is currently online", NODE);
const APPROVED = foreign("headscale_nodes_approved_routes", "Number of approved routes", NODE);
const AVAILABLE = foreign("headscale_nodes_available_routes", "Number of available routes", NODE);
const SUBNET = foreign("headscale_nodes_subnet_routes", "Number of subnet routes", NODE);
const TAGS = foreign("headscale_nodes_tags", "Number of tags", NODE);

const USER_INFO = foreign("headscale_users_info", "User information and metadata", [
  "id",
  "name",
  "display_name",
  "email",
  "provider",
  "provider_id",
]);
const USER_CREATED = foreign("headscale_users_created_timestamp", "Unix timestamp when the user was created", [
  "id",
  "name",
]);

const KEY = ["id", "prefix"] as const;
const KEY_INFO = foreign("headscale_apikeys_info", "API key metadata", KEY);
const KEY_CREATED = foreign("headscale_apikeys_created_timestamp", "Unix timestamp when the API key was created", KEY);
const KEY_EXPIRES = foreign("headscale_apikeys_expiration_timestamp", "Unix timestamp when the API key expires", KEY);
const KEY_SEEN = foreign("headscale_apikeys_last_seen_timestamp", "Unix timestamp when the API key was last seen", KEY);

const PRE = ["id", "user"] as const;
const PRE_INFO = foreign("headscale_preauthkeys_info", "Pre-auth key metadata", [
  ...PRE,
  "reusable",
  "ephemeral",
  "used",
  "acl_tags",
]);
const PRE_CREATED = foreign(
  "headscale_preauthkeys_created_timestamp",
  "Unix timestamp when the pre-auth key was created",
  PRE,
);
const PRE_EXPIRES = foreign(
  "headscale_preauthkeys_expiration_timestamp",
  "Unix timestamp when the pre-auth key expires",
  PRE,
);

const COLLECTORS: Collectors = {
  success: foreign("headscale_scrape_collector_success", "headscale_exporter: Whether a collector succeeded.", [
    "collector",
  ]),
  duration: foreign(
    "headscale_scrape_collector_duration_seconds",
    "headscale_exporter: Duration of a collector scrape.",
    ["collector"],
  ),
  byPart: {
    headscale_nodes: "nodes",
    headscale_users: "users",
    headscale_apikeys: "apikeys",
    headscale_preauthkeys: "preauthkeys",
    headscale_health: "health",
  },
};

/** tailscale-exporter's families of Headscale. */
export function headscaleSamples(sink: Sink, snapshot: TailnetSnapshot): void {
  const { headscale, tailnet, isUp } = snapshot;
  if (!headscale) return;
  sink.add(UP, { tailnet }, isUp);
  collectorSamples(sink, snapshot, COLLECTORS);
  sink.add(DATABASE, { tailnet }, headscale.databaseConnectivity);
  nodeSamples(sink, headscale, tailnet);
  keySamples(sink, headscale, tailnet);
  const users = (headscale.users ?? []).map((user) => ({ ...user, id: user.id ?? "" }));
  for (const user of byId(users, "id")) {
    const { id } = user;
    const name = clipped(user.name) ?? "";
    const rest = {
      display_name: clipped(user.displayName) ?? "",
      email: clipped(user.email) ?? "",
      provider: clipped(user.provider) ?? "",
      provider_id: clipped(user.providerId) ?? "",
    };
    sink.add(USER_INFO, { id, name, ...rest, tailnet }, 1);
    sink.add(USER_CREATED, { id, name, tailnet }, timestampSeconds(user.createdAt));
  }
}

function nodeSamples(sink: Sink, { nodes }: HeadscaleFacts, tailnet: string): void {
  for (const node of byId(nodes, "id")) {
    const { ipAddresses = [], tags, forcedTags = [], validTags = [] } = node;
    const labels = { id: node.id, name: clipped(node.name) ?? "", user: clipped(node.user?.name) ?? "", tailnet };
    const info = {
      user_id: node.user?.id ?? "",
      given_name: clipped(node.givenName) ?? "",
      register_method: clipped(node.registerMethod) ?? "",
      machine_key: "",
      node_key: "",
      disco_key: "",
      tailscale_ip: ipAddresses.find((address) => !address.includes(":")) ?? "",
      tailscale_ipv6: ipAddresses.find((address) => address.includes(":")) ?? "",
    };
    sink.add(NODE_INFO, { ...labels, ...info }, 1);
    sink.add(NODE_SEEN, labels, timestampSeconds(node.lastSeen));
    sink.add(NODE_CREATED, labels, timestampSeconds(node.createdAt));
    sink.add(NODE_EXPIRY, labels, timestampSeconds(node.expiry));
    sink.add(NODE_ONLINE, labels, node.online);
    sink.add(APPROVED, labels, node.approvedRoutes?.length);
    sink.add(AVAILABLE, labels, node.availableRoutes?.length);
    sink.add(SUBNET, labels, node.subnetRoutes?.length);
    sink.add(TAGS, labels, tags?.length ?? new Set([...forcedTags, ...validTags]).size);
  }
}

function keySamples(sink: Sink, { apiKeys, preAuthKeys }: HeadscaleFacts, tailnet: string): void {
  for (const key of byId(apiKeys, "id")) {
    const labels = { id: key.id, prefix: clipped(key.prefix) ?? "", tailnet };
    sink.add(KEY_INFO, labels, 1);
    sink.add(KEY_CREATED, labels, timestampSeconds(key.createdAt));
    sink.add(KEY_EXPIRES, labels, timestampSeconds(key.expiration));
    sink.add(KEY_SEEN, labels, timestampSeconds(key.lastSeen));
  }
  for (const key of byId(preAuthKeys, "id")) {
    const labels = { id: key.id, user: clipped(key.user?.name) ?? "", tailnet };
    const told = (value: boolean | undefined) => String(value ?? "");
    const tags = clipped(key.aclTags?.join(",")) ?? "";
    const kind = { reusable: told(key.reusable), ephemeral: told(key.ephemeral), used: told(key.used), acl_tags: tags };
    sink.add(PRE_INFO, { ...labels, ...kind }, 1);
    sink.add(PRE_CREATED, labels, timestampSeconds(key.createdAt));
    sink.add(PRE_EXPIRES, labels, timestampSeconds(key.expiration));
  }
}
