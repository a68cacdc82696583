import { ControlError } from "../../control/errors.ts";
import { listNodes } from "../../control/headscale/nodes.ts";
import { hasDevice, listDevices } from "../../control/tailscale/devices.ts";
import { type Entries, present } from "../../control/tolerant.ts";
import type { Device } from "../../discovery/device.ts";
import { deviceOfApi, deviceOfHeadscale, idOfApi, idOfHeadscale } from "../../discovery/from-api.ts";
import { headscaleClient, tailscaleClient } from "../shared/api-settings.ts";
import type { ModeOptions } from "../shared/run.ts";
import type { DiscoverSettings } from "./settings.ts";
import type { DeviceSource } from "./source.ts";

type Options = Pick<ModeOptions<DiscoverSettings>, "settings" | "env" | "log">;

/** Time for a question with its whole answer, in seconds. The Tailscale API's own limit is longer, and then answers 504. */
const TIMEOUT_SECONDS = 30;
/** Missing devices that are asked for one by one. More of them wait for the shrink guard. */
const MAX_QUESTIONS = 50;

/** The devices that the Tailscale API lists. */
export function apiSource(options: Options, intervalSeconds: number): DeviceSource {
  const { "api.url": url, "api.tailnet": tailnet, "api.oauth-client-id": clientId } = options.settings;
  const client = tailscaleClient(url, { ...options, timeoutSeconds: TIMEOUT_SECONDS });
  return {
    name: "api",
    identity: `${new URL(url).origin} ${tailnet}`,
    intervalSeconds,
    async list(before, signal) {
      if (!client) throw notGiven(clientId === undefined ? "api.key" : "api.oauth-client-secret");
      const told = whole(await listDevices(client, tailnet, signal, "default"), idOfApi, "the list of devices");
      const facts = { tailnet, api: new URL(url).host, nowMs: Date.now() };
      const devices = told.flatMap((device) => deviceOfApi(device, facts) ?? []);
      const ids = new Set(told.map((device) => idOfApi(device) ?? ""));
      return { devices, gone: await goneOf(before, ids, (id) => hasDevice(client, id, signal)) };
    },
  };
}

/** The nodes that a Headscale lists. */
export function headscaleSource(options: Options, intervalSeconds: number): DeviceSource {
  const { host, origin } = new URL(options.settings["headscale.url"] ?? "");
  const client = headscaleClient({ ...options, timeoutSeconds: TIMEOUT_SECONDS });
  return {
    name: "headscale",
    identity: origin,
    intervalSeconds,
    async list(_, signal) {
      if (!client) throw notGiven("headscale.key");
      const nodes = whole(await listNodes(client, signal), idOfHeadscale, "the list of nodes");
      return { devices: nodes.flatMap((node) => deviceOfHeadscale(node, host) ?? []) };
    },
  };
}

function notGiven(name: string): ControlError {
  return new ControlError("credential", `the setting ${name}`, `it is not given (give it by --${name}-file)`);
}

/** All members of a list. One without an id makes it useless, for then it is not known who is missing. */
function whole<Entry>(
  list: Entries<Entry>,
  idOf: (entry: Entry) => string | undefined,
  what: string,
): readonly Entry[] {
  const { entries, rejected } = present(list, what);
  if (rejected === 0 && entries.every((entry) => idOf(entry) !== undefined)) return entries;
  throw new ControlError("decode", what, "an entry has no id");
}

/**
 * Of the devices that are missing, those that the API says there are none of. Where it has one after all, the list is not
 * whole, and this rejects. Any other failure proves nothing.
 */
async function goneOf(
  before: readonly Device[],
  told: ReadonlySet<string>,
  has: (id: string) => Promise<boolean>,
): Promise<Set<string>> {
  const missing = before.filter(({ id }) => !told.has(id));
  const gone = new Set<string>();
  if (missing.length > MAX_QUESTIONS || told.size === 0) return gone;
  for (const { id } of missing) {
    const isThere = await has(id).catch(() => undefined);
    if (isThere) throw new ControlError("decode", "the list of devices", "it lacks a device that there is");
    if (isThere === false) gone.add(id);
  }
  return gone;
}
