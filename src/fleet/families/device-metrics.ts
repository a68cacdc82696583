import { gauge } from "../../exporter/metric.ts";

const ID = ["device_id", "device_name", "tailnet"] as const;

export const COUNT = gauge(
  "tailscale_devices",
  "Number of devices, by whether they are connected to the control plane.",
  ["online", "tailnet"],
);
export const INFO = gauge("tailscale_device_info", "A device as its control plane describes it. Always 1.", [
  ...ID,
  "os",
  "version",
  "hostname",
  "dns_name",
  "distro",
  "user",
  "tags",
  "ipv4",
  "ipv6",
]);
export const USER = gauge("tailscale_device_user", "The owner of a device without tags. Always 1.", [
  ...ID,
  "user_email",
]);
export const TAG = gauge("tailscale_device_tag", "A tag of a device. Always 1.", [...ID, "tag"]);
export const STATE = gauge(
  "tailscale_device_state",
  "Whether the device is in this state, from what control, the device and this node say: 1 means yes.",
  [...ID, "state"],
);
export const ONLINE = gauge(
  "tailscale_device_online",
  "Whether the device is connected to the control plane: 1 means yes.",
  ID,
);

/** Facts that are yes or no, by the field that holds them. */
export const FLAGS = {
  authorized: gauge("tailscale_device_authorized", "Whether the device is authorized: 1 means yes.", ID),
  external: gauge(
    "tailscale_device_external",
    "Whether the device is shared in from another tailnet: 1 means yes.",
    ID,
  ),
  updateAvailable: gauge(
    "tailscale_device_update_available",
    "Whether there is a newer client for the device: 1 means yes.",
    ID,
  ),
  blocksIncoming: gauge(
    "tailscale_device_blocks_incoming_connections",
    "Whether the device takes no connections from the tailnet: 1 means so.",
    ID,
  ),
  ephemeral: gauge(
    "tailscale_device_ephemeral",
    "Whether the device is removed when it goes offline: 1 means yes.",
    ID,
  ),
  multipleConnections: gauge(
    "tailscale_device_multiple_connections",
    "Whether several clients use the device's node key at once: 1 means yes.",
    ID,
  ),
  ssh: gauge("tailscale_device_ssh_enabled", "Whether Tailscale SSH is on: 1 means yes.", ID),
  lockError: gauge(
    "tailscale_device_tailnet_lock_error",
    "Whether tailnet lock keeps the device out: 1 means yes.",
    ID,
  ),
  keyExpiryDisabled: gauge(
    "tailscale_device_key_expiry_disabled",
    "Whether the device's key never expires: 1 means so.",
    ID,
  ),
  mappingVaries: gauge(
    "tailscale_device_mapping_varies_by_destination",
    "Whether the device is behind a NAT that makes direct connections hard: 1 means yes.",
    ID,
  ),
  postureDisabled: gauge(
    "tailscale_device_posture_identity_disabled",
    "Whether the device keeps its serial numbers to itself: 1 means so.",
    ID,
  ),
} as const;

/** Facts that are numbers, by the field that holds them. */
export const NUMBERS = {
  lastSeenSeconds: gauge(
    "tailscale_device_last_seen_timestamp_seconds",
    "When the device was last connected to the control plane, as Unix time. Absent while it is.",
    ID,
  ),
  createdSeconds: gauge("tailscale_device_created_timestamp_seconds", "When the device was added, as Unix time.", ID),
  keyExpirySeconds: gauge(
    "tailscale_device_key_expiry_timestamp_seconds",
    "When the device's key expires, as Unix time. Absent when it does not.",
    ID,
  ),
  endpoints: gauge(
    "tailscale_device_endpoints",
    "Number of addresses at which the device may be reached directly.",
    ID,
  ),
  serialNumbers: gauge(
    "tailscale_device_posture_serial_numbers",
    "Number of serial numbers that the device tells for its posture.",
    ID,
  ),
  lastHandshakeSeconds: gauge(
    "tailscale_device_last_handshake_timestamp_seconds",
    "When this node's last WireGuard handshake with the device completed, as Unix time.",
    ID,
  ),
} as const;

export const EXIT_NODE = gauge(
  "tailscale_device_exit_node",
  "Whether the device is approved as an exit node: 1 means yes.",
  ID,
);
export const EXIT_NODE_OPTION = gauge(
  "tailscale_device_exit_node_option",
  "Whether the device offers itself as an exit node: 1 means yes.",
  ID,
);
export const SUBNET_ROUTER = gauge(
  "tailscale_device_subnet_router",
  "Whether the device advertises routes other than an exit node's: 1 means yes.",
  ID,
);
export const ADVERTISED = gauge(
  "tailscale_device_routes_advertised",
  "A route that the device advertises, approved or not. Always 1.",
  [...ID, "route"],
);
export const ENABLED = gauge("tailscale_device_routes_enabled", "A route that is approved for the device. Always 1.", [
  ...ID,
  "route",
]);
export const PRIMARY = gauge(
  "tailscale_device_routes_primary",
  "A route for which the device is the elected router. Always 1.",
  [...ID, "route"],
);
export const UNAPPROVED = gauge(
  "tailscale_device_routes_unapproved",
  "Number of routes that the device advertises and that are not approved for it.",
  ID,
);
export const LATENCY = gauge(
  "tailscale_device_latency_seconds",
  "Round-trip time from the device to a DERP region. Its home region has preferred true.",
  [...ID, "derp_region", "preferred"],
);
export const SUPPORTS = gauge(
  "tailscale_device_client_supports",
  "Whether the device's network offers the feature: 1 means yes. Absent when not known.",
  [...ID, "feature"],
);
export const PATH = gauge("tailscale_device_path_info", "How this node reaches the device now. Always 1.", [
  ...ID,
  "path",
]);
export const SKEW = gauge(
  "tailscale_device_version_minors_behind",
  "By how many minor versions the device's client is behind the newest in the tailnet.",
  ID,
);
export const LIVE_SUCCESS = gauge(
  "tailscale_device_scrape_success",
  "Whether the device gave its own metrics when it was last asked: 1 means yes. Absent when it is not asked.",
  ID,
);
export const LIVE_TIME = gauge(
  "tailscale_device_scrape_last_success_timestamp_seconds",
  "When the device last gave its own metrics, as Unix time.",
  ID,
);

/** Families of one device. */
export const DEVICE_METRICS = [
  INFO,
  USER,
  TAG,
  STATE,
  ONLINE,
  ...Object.values(FLAGS),
  ...Object.values(NUMBERS),
  EXIT_NODE,
  EXIT_NODE_OPTION,
  SUBNET_ROUTER,
  ADVERTISED,
  ENABLED,
  PRIMARY,
  UNAPPROVED,
  LATENCY,
  SUPPORTS,
  PATH,
  SKEW,
  LIVE_SUCCESS,
  LIVE_TIME,
];
