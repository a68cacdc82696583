import { ApiError } from "../../api/errors.ts";
import { headscaleNodes } from "../../api/headscale.ts";
import { TailscaleApi } from "../../api/tailscale.ts";
import type { Device } from "../../discovery/device.ts";
import { deviceOfApi, deviceOfHeadscale } from "../../discovery/from-api.ts";
import { apiCredential, headscaleCredential } from "../shared/api-settings.ts";
import type { ModeOptions } from "../shared/run.ts";
import type { DiscoverSettings } from "./settings.ts";
import type { DeviceSource } from "./source.ts";

type Options = Pick<ModeOptions<DiscoverSettings>, "settings" | "env">;

/** Missing devices that are asked for one by one. More of them wait for the shrink guard. */
const MAX_QUESTIONS = 50;

/** The devices that the Tailscale API lists. */
export function apiSource({ settings, env }: Options, intervalSeconds: number): DeviceSource {
  const url = new URL(settings["api.url"]);
  const tailnet = settings["api.tailnet"];
  const api = new TailscaleApi({ url, tailnet, credential: apiCredential(settings, env) });
  return {
    name: "api",
    intervalSeconds,
    async list(before, signal) {
      const told = await api.devices(signal);
      const facts = { tailnet, api: url.host, nowMs: Date.now() };
      const devices = told.flatMap((device) => deviceOfApi(device, facts) ?? []);
      const ids = new Set(told.map(({ nodeId, id }) => nodeId || id || ""));
      return { devices, gone: await goneOf(before, ids, (id) => api.hasDevice(id, signal)) };
    },
  };
}

/** The nodes that a Headscale lists. */
export function headscaleSource({ settings, env }: Options, intervalSeconds: number): DeviceSource {
  const url = new URL(settings["headscale.url"] ?? "");
  const credential = headscaleCredential(settings, env);
  return {
    name: "headscale",
    intervalSeconds,
    async list(_, signal) {
      const nodes = await headscaleNodes({ url, credential }, signal);
      return { devices: nodes.flatMap((node) => deviceOfHeadscale(node, url.host) ?? []) };
    },
  };
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
    if (isThere) throw new ApiError("decode", "Tailscale API devices", "the list lacks a device that there is");
    if (isThere === false) gone.add(id);
  }
  return gone;
}
