import { devicesOfStatus } from "../../discovery/from-status.ts";
import type { LocalApi } from "../../localapi/client.ts";
import { releaseMemorySoon } from "../../runtime/memory.ts";
import type { DeviceSource } from "./source.ts";

/** A list with more devices than this is worth the time that giving back its memory takes. */
const LARGE_DEVICES = 1000;

/** The devices that this node's tailscaled knows. */
export function localSource(api: LocalApi, intervalSeconds: number): DeviceSource {
  return {
    name: "local",
    intervalSeconds,
    async list(_, signal) {
      const status = await api.status({ signal });
      // In any other state the peers are those of before, some of them, or none.
      if (status.BackendState !== "Running") {
        throw new Error(`tailscaled is in state ${status.BackendState} (see: tailscale status)`);
      }
      const devices = devicesOfStatus(status);
      if (devices.length > LARGE_DEVICES) releaseMemorySoon();
      return { devices, selfId: status.Self.ID };
    },
  };
}
