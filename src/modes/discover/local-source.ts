import { devicesOfStatus } from "../../discovery/from-status.ts";
import type { LocalApi } from "../../localapi/client.ts";
import { releaseMemorySoon } from "../../runtime/memory.ts";
import { monotonicSeconds } from "../shared/clock.ts";
import type { DeviceSource } from "./source.ts";

/** 1 to 1.5 kB a peer: room for 60,000 and more. */
const MAX_STATUS_BYTES = 96 * 1024 * 1024;

/** A list with more devices than this is worth the time that giving back its memory takes. */
const LARGE_DEVICES = 1000;

/** Least time between two questions: in seconds, and in times of what one takes, which with thousands of devices is a lot. */
const INTERVAL = { seconds: 30, durations: 400, longestSeconds: 120 };

/**
 * The devices that this node's tailscaled knows.
 *
 * @param givenSeconds Time between two questions where the user has named it.
 */
export function localSource(api: LocalApi, givenSeconds: number | undefined): DeviceSource {
  let durationSeconds = 0;
  return {
    name: "local",
    identity: "localhost",
    get intervalSeconds() {
      const { seconds, durations, longestSeconds } = INTERVAL;
      return givenSeconds ?? Math.min(Math.max(seconds, durationSeconds * durations), longestSeconds);
    },
    async list(_, signal) {
      const startedSeconds = monotonicSeconds();
      const status = await api.status({ signal, maxBytes: MAX_STATUS_BYTES });
      durationSeconds = monotonicSeconds() - startedSeconds;
      // In any other state the peers are those of before, some of them, or none.
      if (status.BackendState !== "Running") {
        throw new Error(`tailscaled is in state ${status.BackendState} (see: tailscale status)`);
      }
      const devices = devicesOfStatus(status);
      if (devices.length > LARGE_DEVICES) releaseMemorySoon(true);
      return { devices, selfId: status.Self.ID };
    },
  };
}
