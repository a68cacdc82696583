import type { LocalApi } from "../../localapi/client.ts";
import { LocalApiError } from "../../localapi/errors.ts";
import { monotonicSeconds } from "../shared/clock.ts";
import { pause } from "../shared/pause.ts";

/** How long one ping is waited for, the rest between two, and all of it, in seconds. */
const PING = { timeoutSeconds: 0.3, restSeconds: 0.1, longestSeconds: 2.5 };

/**
 * Waits until a node that has just joined answers a ping of tailscaled's own, or for a short while. Never rejects.
 *
 * We may hear of it before it hears of us. A first packet at that moment is lost, and WireGuard tries again after 5 seconds
 * and not before, however often it is asked to connect.
 */
export async function pathTo(api: LocalApi, host: string, signal: AbortSignal): Promise<void> {
  const endSeconds = monotonicSeconds() + PING.longestSeconds;
  while (!signal.aborted && monotonicSeconds() < endSeconds) {
    try {
      const { Err } = await api.ping(host, "disco", { timeoutSeconds: PING.timeoutSeconds, signal });
      if (Err === "") return;
    } catch (error) {
      // Whatever else it is, asking the agent will tell it better.
      if (!(error instanceof LocalApiError && error.failure === "timeout")) return;
    }
    await pause(PING.restSeconds, signal);
  }
}
