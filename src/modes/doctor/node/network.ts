import type { NodeContext } from "../context.ts";
import { type Check, ok } from "../finding.ts";

/** How this node is in the tailnet. */
export const network: Check<NodeContext> = {
  subject: "network",
  async run({ status }) {
    const addresses = status?.TailscaleIPs ?? [];
    if (!status || addresses.length === 0) return [];
    const how = status.TUN === false ? "in userspace mode, without a network interface" : "with a network interface";
    return [ok(`tailscaled runs ${how}, at ${addresses.join(" and ")}`)];
  },
};
