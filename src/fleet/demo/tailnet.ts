import { pick, randomOf } from "./random.ts";

/** Domain of the made-up tailnet. The name is one of those that nobody can own. */
const DOMAIN = "demo.example.ts.net";
const SYSTEMS = ["linux", "linux", "macOS", "windows", "iOS", "android"] as const;
const VERSIONS = ["1.102.3", "1.102.1", "1.100.2", "1.98.4", "1.96.2", "1.84.0"] as const;
const ROLES = ["web", "db", "cache", "build", "laptop", "phone", "gateway", "monitor"] as const;
const TAGS = ["tag:server", "tag:prod", "tag:db", "tag:ci", "tag:k8s"] as const;
const REGIONS = [
  "Frankfurt",
  "New York City",
  "Singapore",
  "Tokyo",
  "London",
  "San Francisco",
  "Sydney",
  "Paris",
] as const;
const DAY_MS = 86_400_000;

/**
 * The answers that Tailscale's API would give of a made-up tailnet, by path below `/tailnet/NAME`, each made when it is read.
 *
 * @param count Number of devices. The same number gives the same tailnet, whose times move with the clock.
 */
export function demoAnswers(count: number, nowMs: number): Readonly<Record<string, unknown>> {
  const users = Math.max(1, Math.ceil(count / 8));
  return {
    get "/devices"() {
      return { devices: Array.from({ length: count }, (_, index) => demoDevice(index, users, nowMs)) };
    },
    get "/users"() {
      return { users: demoUsers(users, nowMs) };
    },
    "/keys": { keys: demoKeys(nowMs) },
    "/dns/configuration": {
      nameservers: [{ address: "192.0.2.53" }, { address: "2001:db8::53" }],
      splitDNS: { "corp.example.com": [{ address: "192.0.2.54" }] },
      searchPaths: ["corp.example.com"],
      preferences: { magicDNS: true, overrideLocalDNS: false },
    },
    "/settings": {
      aclsExternallyManagedOn: true,
      devicesApprovalOn: true,
      devicesAutoUpdatesOn: false,
      devicesKeyDurationDays: 180,
      usersApprovalOn: true,
      usersRoleAllowedToJoinExternalTailnets: "admin",
      networkFlowLoggingOn: null,
      regionalRoutingOn: false,
      postureIdentityCollectionOn: true,
      httpsEnabled: true,
    },
    "/contacts": {
      account: { email: "owner@example.com", needsVerification: false },
      support: { email: "support@example.com", needsVerification: true },
      security: { email: "security@example.com", needsVerification: false },
    },
    "/services": {
      vipServices: [
        { name: "svc:wiki", addrs: ["100.100.7.7"], comment: "The wiki", ports: ["tcp:443"], tags: ["tag:server"] },
      ],
    },
    "/webhooks": {
      webhooks: [
        {
          endpointId: "demo-webhook",
          providerType: "slack",
          creatorLoginName: "user1@example.com",
          created: iso(nowMs - 90 * DAY_MS),
          subscriptions: ["nodeCreated", "nodeKeyExpired"],
        },
      ],
    },
    "/posture/integrations": { integrations: [] },
    "/user-invites": [{ id: "1", role: "member", lastEmailSentAt: iso(nowMs - DAY_MS) }],
    "/logging/configuration/stream/status": { lastActivity: iso(nowMs), lastError: "", numEntriesSent: 1234 },
  };
}

function demoDevice(index: number, users: number, nowMs: number): unknown {
  const random = randomOf(index + 1);
  const os = SYSTEMS[index % SYSTEMS.length]!;
  const tags = os === "linux" && random() < 0.7 ? [pick(random, TAGS), "tag:prod"] : [];
  const hostname = `${pick(random, ROLES)}-${index + 1}`;
  const isOnline = random() < 0.85;
  const routes = os === "linux" && random() < 0.1 ? [`10.${index % 256}.${(index >> 8) % 256}.0/24`] : [];
  const isExit = os === "linux" && random() < 0.03;
  const advertised = [...routes, ...(isExit ? ["0.0.0.0/0", "::/0"] : [])];
  const version = pick(random, VERSIONS);
  return {
    id: `${90_000_000_000 + index}`,
    nodeId: `nDEMO${index}CNTRL`,
    addresses: [
      `100.${64 + (index >> 16)}.${(index >> 8) & 255}.${index & 255}`,
      `fd7a:115c:a1e0::${(index + 1).toString(16)}`,
    ],
    user: `user${1 + (index % users)}@example.com`,
    name: `${hostname}.${DOMAIN}`,
    hostname,
    clientVersion: `${version}-tdemo-gdemo`,
    updateAvailable: version !== VERSIONS[0],
    os,
    created: iso(nowMs - (30 + (index % 700)) * DAY_MS),
    connectedToControl: isOnline,
    ...(isOnline ? {} : { lastSeen: iso(nowMs - (1 + (index % 40)) * 7_200_000) }),
    keyExpiryDisabled: tags.length > 0,
    expires: iso(nowMs + ((index % 180) - 2) * DAY_MS),
    authorized: index % 97 !== 96,
    isExternal: false,
    ...(index % 211 === 210 ? { multipleConnections: true } : {}),
    blocksIncomingConnections: os === "windows" && random() < 0.1,
    tags,
    isEphemeral: tags.includes("tag:ci"),
    tailnetLockError: "",
    advertisedRoutes: advertised,
    enabledRoutes: random() < 0.9 ? advertised : [],
    sshEnabled: os === "linux" && random() < 0.5,
    clientConnectivity: connectivityOf(random, index),
    postureIdentity: { serialNumbers: os === "macOS" ? [`DEMO${index}`] : [], disabled: false },
    ...(os === "linux" ? { distro: { name: "debian", version: "13", codeName: "trixie" } } : {}),
  };
}

function connectivityOf(random: () => number, index: number): unknown {
  const home = index % REGIONS.length;
  const latency = REGIONS.map((region, place) => [
    region,
    {
      ...(place === home ? { preferred: true } : {}),
      latencyMs: Math.round((5 + Math.abs(place - home) * 40 + random() * 20) * 1000) / 1000,
    },
  ]);
  return {
    endpoints: [`192.0.2.${index & 255}:41641`, "198.51.100.7:41641"],
    mappingVariesByDestIP: random() < 0.2,
    latency: Object.fromEntries(latency),
    clientSupports: {
      hairPinning: null,
      ipv6: random() < 0.6,
      pcp: false,
      pmp: false,
      udp: true,
      upnp: random() < 0.3,
    },
  };
}

function demoUsers(count: number, nowMs: number) {
  return Array.from({ length: count }, (_, index) => ({
    id: `uDEMO${index + 1}`,
    displayName: `User ${index + 1}`,
    loginName: `user${index + 1}@example.com`,
    created: iso(nowMs - (100 + index) * DAY_MS),
    type: index % 20 === 19 ? "shared" : "member",
    role: index === 0 ? "owner" : index % 7 === 0 ? "admin" : "member",
    status: index % 11 === 10 ? "idle" : "active",
    deviceCount: 8,
    lastSeen: iso(nowMs - index * 60_000),
    currentlyConnected: index % 3 !== 0,
  }));
}

function demoKeys(nowMs: number) {
  return [
    {
      id: "kDEMO1",
      keyType: "auth",
      description: "servers",
      created: iso(nowMs - 80 * DAY_MS),
      expires: iso(nowMs + 10 * DAY_MS),
      userId: "uDEMO1",
      capabilities: {
        devices: { create: { reusable: true, ephemeral: false, preauthorized: true, tags: ["tag:server"] } },
      },
    },
    {
      id: "kDEMO2",
      keyType: "client",
      description: "fleet",
      created: iso(nowMs - 300 * DAY_MS),
      scopes: ["all:read"],
      userId: "uDEMO1",
    },
    {
      id: "kDEMO3",
      keyType: "api",
      description: "",
      created: iso(nowMs - 85 * DAY_MS),
      expires: iso(nowMs + 5 * DAY_MS),
      userId: "uDEMO2",
    },
  ];
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
