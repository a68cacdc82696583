import type { Connection } from "../../../runtime/connection.ts";
import type { HostContext } from "../context.ts";

/** A connection to the agent's port of the host, through tailscaled, so that it works in userspace mode too. */
export function dialled({ api, peer, settings }: HostContext): Promise<Connection> {
  const address = peer?.TailscaleIPs?.[0] ?? "";
  return api.dial(address, settings["agent.port"], { timeoutSeconds: settings.timeout });
}
