import type { HeadscaleNode } from "../control/headscale/nodes.ts";
import type { ApiDevice } from "../control/tailscale/devices.ts";
import { isIpv4, isIpv6 } from "../runtime/ip.ts";
import type { Device } from "./device.ts";

/** How long ago a device may have been seen that counts as connected, where the API does not say, in seconds. */
const RECENT_SECONDS = 300;

/** Longest text that is taken over. A longer one is as if it were absent. */
const MAX_LENGTH = 4096;

/** Stable id of a device of the Tailscale API, of which old ones tell another; undefined for one that cannot be used. */
export function idOfApi({ nodeId, id }: ApiDevice): string | undefined {
  return bounded(nodeId) ?? bounded(id);
}

/** Id of a node of Headscale, the same as the stable id that its clients know; undefined for one that is no number. */
export function idOfHeadscale({ id }: HeadscaleNode): string | undefined {
  return /^\d{1,20}$/.test(id) ? id : undefined;
}

/** A device of the Tailscale API; undefined for one without an id or an address. */
export function deviceOfApi(
  device: ApiDevice,
  { tailnet, api, nowMs }: { readonly tailnet: string; readonly api: string; readonly nowMs: number },
): Device | undefined {
  const addresses = addressesOf(device.addresses);
  const id = idOfApi(device);
  if (addresses === undefined || id === undefined) return undefined;
  const full = bounded(device.name) ?? "";
  const hostname = bounded(device.hostname) ?? "";
  const tags = allBounded(device.tags);
  return {
    id,
    name: (device.isExternal ? full : full.split(".")[0]) || hostname || id,
    dnsName: full || undefined,
    hostname,
    os: bounded(device.os),
    user: tags.length > 0 ? undefined : bounded(device.user),
    tags,
    ...addresses,
    online: isOnline(device, nowMs),
    authorized: device.authorized,
    clientVersion: bounded(device.clientVersion),
    tailnet,
    api,
  };
}

/** A node of Headscale; undefined for one without an id or an address. */
export function deviceOfHeadscale(node: HeadscaleNode, api: string): Device | undefined {
  const addresses = addressesOf(node.ipAddresses);
  const id = idOfHeadscale(node);
  if (addresses === undefined || id === undefined) return undefined;
  const name = bounded(node.name) ?? "";
  const newTags = allBounded(node.tags);
  const tags = newTags.length > 0 ? newTags : [...new Set(allBounded(node.forcedTags, node.validTags))];
  return {
    id,
    name: bounded(node.givenName) ?? (name || id),
    hostname: name,
    user: tags.length > 0 ? undefined : (bounded(node.user?.email) ?? bounded(node.user?.name)),
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

/** A text that says something, and not too much. */
function bounded(text: string | undefined): string | undefined {
  return text !== undefined && text.length > 0 && text.length <= MAX_LENGTH ? text : undefined;
}

function allBounded(...lists: readonly (readonly string[] | undefined)[]): readonly string[] {
  return lists.flatMap((texts = []) => texts.filter((text) => bounded(text) !== undefined));
}

function addressesOf(addresses: readonly string[] = []): { ipv4?: string; ipv6?: string } | undefined {
  const ipv4 = addresses.find((address) => isIpv4(address));
  const ipv6 = addresses.find((address) => isIpv6(address));
  if (ipv4 === undefined && ipv6 === undefined) return undefined;
  return { ...(ipv4 && { ipv4 }), ...(ipv6 && { ipv6 }) };
}
