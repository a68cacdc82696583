import { gauge } from "../../exporter/metric.ts";
import { timestampSeconds } from "../../localapi/time.ts";
import { clipped } from "../device.ts";
import type { TailnetSnapshot } from "../snapshot.ts";
import type { Sink } from "./sink.ts";

const USER = ["user_id", "login_name", "tailnet"] as const;
const USERS = gauge("tailscale_users", "Number of users, by role, status and type.", [
  "role",
  "status",
  "type",
  "tailnet",
]);
const USER_INFO = gauge("tailscale_user_info", "A user of the tailnet. Always 1.", [
  ...USER,
  "display_name",
  "role",
  "status",
  "type",
]);
const USER_CONNECTED = gauge(
  "tailscale_user_connected",
  "Whether a device of the user is connected: 1 means yes.",
  USER,
);
const USER_DEVICES = gauge("tailscale_user_devices", "Number of devices of the user.", USER);
const USER_CREATED = gauge("tailscale_user_created_timestamp_seconds", "When the user joined, as Unix time.", USER);
const USER_SEEN = gauge(
  "tailscale_user_last_seen_timestamp_seconds",
  "When the user was last seen, as Unix time.",
  USER,
);
const INVITES = gauge("tailscale_user_invites", "Number of invitations that nobody has accepted yet, by role.", [
  "role",
  "tailnet",
]);

const KEY = ["key_id", "key_type", "description", "tailnet"] as const;
const KEY_INFO = gauge("tailscale_key_info", "A key of the tailnet. Always 1.", [
  ...KEY,
  "user_id",
  "tags",
  "scopes",
  "reusable",
  "ephemeral",
  "preauthorized",
]);
const KEY_CREATED = gauge("tailscale_key_created_timestamp_seconds", "When the key was made, as Unix time.", KEY);
const KEY_EXPIRY = gauge(
  "tailscale_key_expiry_timestamp_seconds",
  "When the key expires, as Unix time. Absent when it does not.",
  KEY,
);
const KEY_VALID = gauge(
  "tailscale_key_valid",
  "Whether the key can be used: 1 means neither revoked nor expired.",
  KEY,
);

const CONTACT_VERIFY = gauge(
  "tailscale_contact_needs_verification",
  "Whether the tailnet's contact is not verified: 1 means so.",
  ["contact", "tailnet"],
);
const WEBHOOK_INFO = gauge("tailscale_webhook_info", "A webhook of the tailnet. Always 1.", [
  "webhook_id",
  "provider",
  "creator",
  "tailnet",
]);
const WEBHOOK_SUBSCRIPTIONS = gauge("tailscale_webhook_subscriptions", "Number of events that the webhook is told.", [
  "webhook_id",
  "tailnet",
]);
const POSTURE = ["integration_id", "provider", "tailnet"] as const;
const POSTURE_SYNC = gauge(
  "tailscale_posture_integration_last_sync_timestamp_seconds",
  "When the posture integration last synchronised, as Unix time.",
  POSTURE,
);
const POSTURE_ERROR = gauge(
  "tailscale_posture_integration_error",
  "Whether the posture integration's last synchronisation failed: 1 means so.",
  POSTURE,
);
const POSTURE_HOSTS = gauge("tailscale_posture_integration_hosts", "Hosts that the posture provider knows, by match.", [
  ...POSTURE,
  "match",
]);
const LOG = ["log", "tailnet"] as const;
const LOG_ERROR = gauge("tailscale_log_stream_error", "Whether the log stream's last try failed: 1 means so.", LOG);
const LOG_ACTIVITY = gauge(
  "tailscale_log_stream_last_activity_timestamp_seconds",
  "When the log stream was last active, as Unix time.",
  LOG,
);
const LOG_SENT = gauge(
  "tailscale_log_stream_entries_sent",
  "Entries that the log stream has sent, as Tailscale counts.",
  LOG,
);
const LOG_REQUESTS = gauge("tailscale_log_stream_requests", "Requests of the log stream, as Tailscale counts.", [
  ...LOG,
  "outcome",
]);

/** Families of users, keys, webhooks and the like. */
export const FACT_METRICS = [
  USERS,
  USER_INFO,
  USER_CONNECTED,
  USER_DEVICES,
  USER_CREATED,
  USER_SEEN,
  INVITES,
  KEY_INFO,
  KEY_CREATED,
  KEY_EXPIRY,
  KEY_VALID,
  CONTACT_VERIFY,
  WEBHOOK_INFO,
  WEBHOOK_SUBSCRIPTIONS,
  POSTURE_SYNC,
  POSTURE_ERROR,
  POSTURE_HOSTS,
  LOG_ERROR,
  LOG_ACTIVITY,
  LOG_SENT,
  LOG_REQUESTS,
];

/** Users, keys and what else the API lists, each once. */
export function factSamples(sink: Sink, snapshot: TailnetSnapshot, nowSeconds: number): void {
  userSamples(sink, snapshot);
  keySamples(sink, snapshot, nowSeconds);
  const { tailnet } = snapshot;
  for (const { kind, needsVerification } of snapshot.contacts ?? []) {
    sink.add(CONTACT_VERIFY, { contact: clipped(kind) ?? "", tailnet }, needsVerification);
  }
  for (const { endpointId, providerType, creatorLoginName, subscriptions } of byId(snapshot.webhooks, "endpointId")) {
    const labels = { webhook_id: endpointId, tailnet };
    const creator = clipped(creatorLoginName) ?? "";
    sink.add(WEBHOOK_INFO, { ...labels, provider: clipped(providerType) ?? "", creator }, 1);
    sink.add(WEBHOOK_SUBSCRIPTIONS, labels, subscriptions?.length);
  }
  for (const { id, provider, status } of byId(snapshot.posture, "id")) {
    const labels = { integration_id: id, provider: clipped(provider) ?? "", tailnet };
    sink.add(POSTURE_SYNC, labels, timestampSeconds(status?.lastSync));
    sink.add(POSTURE_ERROR, labels, status && Boolean(status.error));
    sink.add(POSTURE_HOSTS, { ...labels, match: "provider" }, status?.providerHostCount);
    sink.add(POSTURE_HOSTS, { ...labels, match: "matched" }, status?.matchedCount);
    sink.add(POSTURE_HOSTS, { ...labels, match: "possible" }, status?.possibleMatchedCount);
  }
  for (const [log, status] of snapshot.logStreams ?? []) {
    sink.add(LOG_ERROR, { log, tailnet }, Boolean(status.lastError));
    sink.add(LOG_ACTIVITY, { log, tailnet }, timestampSeconds(status.lastActivity));
    sink.add(LOG_SENT, { log, tailnet }, status.numEntriesSent);
    sink.add(LOG_REQUESTS, { log, tailnet, outcome: "all" }, status.numTotalRequests);
    sink.add(LOG_REQUESTS, { log, tailnet, outcome: "failed" }, status.numFailedRequests);
  }
}

function userSamples(sink: Sink, { users, userInvites, tailnet }: TailnetSnapshot): void {
  const counts = new Map<string, { labels: Record<"role" | "status" | "type", string>; count: number }>();
  for (const user of byId(users, "id")) {
    const labels = { user_id: user.id, login_name: clipped(user.loginName) ?? "", tailnet };
    const kind = { role: clipped(user.role) ?? "", status: clipped(user.status) ?? "", type: clipped(user.type) ?? "" };
    sink.add(USER_INFO, { ...labels, display_name: clipped(user.displayName) ?? "", ...kind }, 1);
    sink.add(USER_CONNECTED, labels, user.currentlyConnected);
    sink.add(USER_DEVICES, labels, user.deviceCount);
    sink.add(USER_CREATED, labels, timestampSeconds(user.created));
    sink.add(USER_SEEN, labels, timestampSeconds(user.lastSeen));
    const key = JSON.stringify(kind);
    counts.set(key, { labels: kind, count: (counts.get(key)?.count ?? 0) + 1 });
  }
  for (const { labels, count } of counts.values()) sink.add(USERS, { ...labels, tailnet }, count);
  const roles = Map.groupBy(userInvites ?? [], ({ role }) => clipped(role) ?? "");
  for (const [role, invites] of roles) sink.add(INVITES, { role, tailnet }, invites.length);
}

function keySamples(sink: Sink, { keys, tailnet }: TailnetSnapshot, nowSeconds: number): void {
  for (const key of byId(keys, "id")) {
    const labels = {
      key_id: key.id,
      key_type: clipped(key.keyType) ?? "",
      description: clipped(key.description) ?? "",
      tailnet,
    };
    const { reusable, ephemeral, preauthorized, tags } = key.capabilities ?? {};
    const info = {
      user_id: key.userId ?? "",
      tags: clipped((tags ?? key.tags ?? []).join(",")) ?? "",
      scopes: clipped((key.scopes ?? []).join(",")) ?? "",
      reusable: String(reusable ?? ""),
      ephemeral: String(ephemeral ?? ""),
      preauthorized: String(preauthorized ?? ""),
    };
    const expiry = timestampSeconds(key.expires);
    const isOver = expiry !== undefined && expiry < nowSeconds;
    sink.add(KEY_INFO, { ...labels, ...info }, 1);
    sink.add(KEY_CREATED, labels, timestampSeconds(key.created));
    sink.add(KEY_EXPIRY, labels, expiry);
    sink.add(KEY_VALID, labels, !isOver && key.invalid !== true && timestampSeconds(key.revoked) === undefined);
  }
}

/** Entries of which each id comes once. */
export function byId<Id extends string, Entry extends Readonly<{ [K in Id]?: unknown }>>(
  entries: readonly Entry[] | undefined,
  id: Id,
): Entry[] {
  return [...new Map((entries ?? []).map((entry) => [entry[id], entry])).values()];
}
