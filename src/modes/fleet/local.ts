import type { FleetDevice } from "../../fleet/device.ts";
import { fromStatus } from "../../fleet/from-status.ts";
import type { LocalApi } from "../../localapi/client.ts";
import { LocalApiError } from "../../localapi/errors.ts";
import { releaseMemorySoon } from "../../runtime/memory.ts";
import { Part } from "./part.ts";
import { LARGE_DEVICES, type Pace } from "./sources.ts";

/** What this node's tailscaled knows of its tailnet. */
export interface LocalFacts {
  readonly devices: readonly FleetDevice[];
  readonly byId: ReadonlyMap<string, FleetDevice>;
  readonly tailnet: string | undefined;
  /** Whether connections to the tailnet can be made by the system; else tailscaled makes them. */
  readonly hasInterface: boolean;
}

/** The part that tailscaled tells. */
export function localPart(api: LocalApi, pace: Pace, isOptional: boolean): Part<LocalFacts> {
  return new Part({
    name: "local",
    intervalSeconds: pace.refreshSeconds,
    deadlineSeconds: pace.timeoutSeconds,
    onChange: pace.onChange,
    isOptional,
    async ask(signal) {
      const status = await api.status({ signal });
      // In any other state the peers are those of before, some of them, or none.
      if (status.BackendState !== "Running") {
        throw new LocalApiError(
          "unavailable",
          "status",
          `tailscaled is in state ${status.BackendState} (see: tailscale status)`,
        );
      }
      const devices = fromStatus(status);
      releaseMemorySoon(devices.length > LARGE_DEVICES);
      const byId = new Map(devices.map((device) => [device.id, device]));
      const tailnet = status.CurrentTailnet?.Name || undefined;
      return { value: { devices, byId, tailnet, hasInterface: status.TUN === true } };
    },
  });
}
