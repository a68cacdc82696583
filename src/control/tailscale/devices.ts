import * as z from "zod/mini";
import type { ApiClient } from "../client.ts";
import { ControlError } from "../errors.ts";
import { type Entries, entriesOf, flag, id, maybe, text, texts } from "../tolerant.ts";

/** Latencies by the region's name for people, without those that cannot be read. By hand: there are tens of thousands. */
const Latencies = maybe(
  z.pipe(
    z.record(z.string(), z.unknown()),
    z.transform((regions) =>
      Object.entries(regions).flatMap(([region, value]) => {
        const { latencyMs, preferred } = (value ?? {}) as { readonly [name: string]: unknown };
        return typeof latencyMs === "number"
          ? [{ region, seconds: latencyMs / 1000, preferred: preferred === true }]
          : [];
      }),
    ),
  ),
);

/** Whether the device's network offers a feature; null and other types are not known. */
const Supports = maybe(
  z.pipe(
    z.record(z.string(), z.unknown()),
    z.transform((features) =>
      Object.entries(features).filter((entry): entry is [string, boolean] => typeof entry[1] === "boolean"),
    ),
  ),
);

const Connectivity = z.object({
  endpoints: texts,
  mappingVariesByDestIP: flag,
  latency: Latencies,
  clientSupports: Supports,
});

/** A device as the API describes it. The document's field names; what is absent is not known. */
export const ApiDevice = z
  .object({
    /** Legacy id. */
    id,
    /** Stable id, which tailscaled too knows. Absent on old control planes. */
    nodeId: id,
    addresses: texts,
    user: text,
    /** MagicDNS name of Tailscale's devices; on Headscale a name without a domain. */
    name: text,
    hostname: text,
    clientVersion: text,
    updateAvailable: flag,
    os: text,
    /** Empty for a device that is shared in. */
    created: text,
    connectedToControl: flag,
    /** Left out while connected. */
    lastSeen: text,
    keyExpiryDisabled: flag,
    expires: text,
    authorized: flag,
    isExternal: flag,
    multipleConnections: flag,
    blocksIncomingConnections: flag,
    enabledRoutes: texts,
    advertisedRoutes: texts,
    clientConnectivity: maybe(Connectivity),
    tags: texts,
    tailnetLockError: text,
    sshEnabled: flag,
    postureIdentity: maybe(z.object({ serialNumbers: texts, disabled: flag })),
    isEphemeral: flag,
    distro: maybe(z.object({ name: text, version: text, codeName: text })),
  })
  .check(z.refine(({ id, nodeId }) => id !== undefined || nodeId !== undefined));
export type ApiDevice = z.output<typeof ApiDevice>;

const ENDPOINT = "/tailnet/{tailnet}/devices";

/**
 * All devices in one request. Scope `devices:core:read`; routes with `devices:routes:read`.
 *
 * @param fields Whether to ask for routes, latencies, posture and the like too: about twice the bytes.
 */
export async function listDevices(
  client: ApiClient,
  tailnet: string,
  signal: AbortSignal,
  fields: "all" | "default" = "all",
): Promise<Entries<ApiDevice>> {
  const path = `/tailnet/${encodeURIComponent(tailnet)}/devices${fields === "all" ? "?fields=all" : ""}`;
  return entriesOf(await client.get(ENDPOINT, path, signal), "devices", ApiDevice, ENDPOINT);
}

/** Whether there is a device of that id: only 404 says no. */
export async function hasDevice(client: ApiClient, id: string, signal: AbortSignal): Promise<boolean> {
  try {
    await client.get("/device/{id}", `/device/${encodeURIComponent(id)}`, signal);
    return true;
  } catch (error) {
    if (error instanceof ControlError && error.status === 404) return false;
    throw error;
  }
}
