import type { ApiDevice } from "../control/tailscale/devices.ts";
import { timestampSeconds } from "../localapi/time.ts";
import { clipped, type FleetDevice, lastSeenOf, shared, sharedList, uniqueTexts } from "./device.ts";

/** A device as Tailscale's API, or one like it, describes it. */
export function fromApi(device: ApiDevice): FleetDevice {
  const { clientConnectivity: connectivity, postureIdentity: posture, distro, addresses = [], tags = [] } = device;
  const external = device.isExternal;
  return {
    id: (device.nodeId ?? device.id)!,
    legacyId: device.id,
    name: nameOf(device),
    dnsName: clipped(device.name),
    hostname: clipped(device.hostname),
    os: shared(device.os),
    distro: shared([distro?.name, distro?.version].filter(Boolean).join(" ")),
    version: shared(device.clientVersion),
    user: shared(device.user),
    tags: sharedList([...new Set(tags.map((tag) => clipped(tag) ?? ""))].filter(Boolean)),
    ipv4: addresses.find((address) => /^[\d.]+$/.test(address)),
    ipv6: addresses.find((address) => /^[\da-f:]+$/i.test(address) && address.includes(":")),
    connected: device.connectedToControl,
    ...lastSeenOf(device.lastSeen),
    createdSeconds: timestampSeconds(device.created),
    keyExpirySeconds: device.keyExpiryDisabled ? undefined : timestampSeconds(device.expires),
    keyExpiryDisabled: device.keyExpiryDisabled,
    authorized: device.authorized,
    external,
    updateAvailable: device.updateAvailable,
    blocksIncoming: device.blocksIncomingConnections,
    ephemeral: device.isEphemeral,
    // There only when it is true, on control planes that know of connections at all.
    multipleConnections: device.multipleConnections ?? (device.connectedToControl === undefined ? undefined : false),
    ssh: device.sshEnabled,
    lockError: device.tailnetLockError === undefined ? undefined : device.tailnetLockError !== "",
    advertisedRoutes: uniqueTexts(device.advertisedRoutes),
    enabledRoutes: uniqueTexts(device.enabledRoutes),
    latencies: onePreferred(
      connectivity?.latency?.map((latency) => ({ ...latency, region: shared(latency.region) ?? "" })),
    ),
    endpoints: connectivity?.endpoints?.length,
    mappingVaries: connectivity?.mappingVariesByDestIP,
    supports: connectivity?.clientSupports && sharedList(connectivity.clientSupports.map(featureOf)),
    serialNumbers: posture?.serialNumbers?.length,
    postureDisabled: posture?.disabled,
  };
}

function featureOf([feature, value]: readonly [string, boolean]) {
  return [clipped(feature) ?? "", value] as const;
}

const DNS_NAME = /^[a-z0-9_-]+(?:\.[a-z0-9_-]+)+\.?$/i;

/** First label of a DNS name, but the full name of a device from another tailnet; any other name as it is. */
function nameOf({ name = "", hostname, isExternal, nodeId, id }: ApiDevice): string {
  const short = DNS_NAME.test(name) && !isExternal ? name.slice(0, name.indexOf(".")) : name.replace(/\.$/, "");
  return clipped(short) ?? clipped(hostname) ?? (nodeId ?? id)!;
}

/** Latencies of which one at most is preferred: a device has one home. Where several claim it, the shortest. */
function onePreferred(latencies: FleetDevice["latencies"]): FleetDevice["latencies"] {
  const claims = (latencies ?? []).filter(({ preferred }) => preferred);
  if (claims.length <= 1) return latencies;
  const home = claims.reduce((a, b) => (b.seconds < a.seconds ? b : a));
  return latencies?.map((latency) => ({ ...latency, preferred: latency === home }));
}
