import { isIPv4, isIPv6 } from "node:net";
import type { HeadscaleNode } from "../api/headscale.ts";
import type { ApiDevice } from "../api/tailscale.ts";
import type { Device } from "./device.ts";

/** How long ago a device may have been seen that counts as connected, where the API does not say, in seconds. */
const RECENT_SECONDS = 300;

/** A device of the Tailscale API; undefined for one without an address. */
export function deviceOfApi(
  device: ApiDevice,
  { tailnet, api, nowMs }: { readonly tailnet: string; readonly api: string; readonly nowMs: number },
): Device | undefined {
  const addresses = addressesOf(device.addresses);
  if (addresses === undefined) return undefined;
  const id = device.nodeId || device.id || "";
  const full = device.name ?? "";
  const tags = device.tags ?? [];
  return {
    id,
    name: (device.isExternal ? full : full.split(".")[0]) || device.hostname || id,
    dnsName: full.includes(".") ? full : undefined,
    hostname: device.hostname ?? "",
    os: device.os || undefined,
    user: tags.length > 0 ? undefined : device.user || undefined,
    tags,
    ...addresses,
    online: isOnline(device, nowMs),
    authorized: device.authorized,
    clientVersion: device.clientVersion || undefined,
    tailnet,
    api,
  };
}

/** A node of Headscale; undefined for one without an address. */
export function deviceOfHeadscale(node: HeadscaleNode, api: string): Device | undefined {
  const addresses = addressesOf(node.ipAddresses);
  if (addresses === undefined) return undefined;
  const tags = node.tags?.length ? node.tags : [...new Set([...(node.forcedTags ?? []), ...(node.validTags ?? [])])];
  return {
    id: node.id,
    name: node.givenName || node.name || node.id,
    hostname: node.name ?? "",
    user: tags.length > 0 ? undefined : node.user?.email || node.user?.name || undefined,
    tags,
    ...addresses,
    online: node.online,
    authorized: true,
    api,
  };
}

/** Connected by the API's word, else by its silence: it leaves out when a device was last seen while that is connected. */
function isOnline({ connectedToControl, lastSeen }: ApiDevice, nowMs: number): boolean | undefined {
  if (connectedToControl !== undefined) return connectedToControl;
  if (lastSeen === undefined) return true;
  const seenMs = Date.parse(lastSeen);
  return Number.isNaN(seenMs) ? undefined : nowMs - seenMs < RECENT_SECONDS * 1000;
}

function addressesOf(addresses: readonly string[] = []): { ipv4?: string; ipv6?: string } | undefined {
  const ipv4 = addresses.find((address) => isIPv4(address));
  const ipv6 = addresses.find((address) => isIPv6(address));
  if (ipv4 === undefined && ipv6 === undefined) return undefined;
  return { ...(ipv4 && { ipv4 }), ...(ipv6 && { ipv6 }) };
}
