import type { NodeContext } from "../context.ts";
import { type Check, fail, ok } from "../finding.ts";

/** How this node is in the tailnet. */
export const network: Check<NodeContext> = {
  subject: "network",
  async run({ api, status }) {
    const addresses = status?.TailscaleIPs ?? [];
    if (!status || addresses.length === 0) return [];
    const how = status.TUN === false ? "in userspace mode, without a network interface" : "with a network interface";
    const found = ok(`tailscaled runs ${how}, at ${addresses.join(" and ")}`);
    if (!(await api.prefs()).ShieldsUp) return [found];
    const advice = "Let connections in: tailscale set --shields-up=false";
    return [found, fail("This node refuses every connection from the tailnet: its shields are up", advice)];
  },
};
