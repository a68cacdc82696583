import type { NodeContext } from "../context.ts";
import { type Check, ok, warn } from "../finding.ts";

/** What tailscaled itself complains of. */
export const health: Check<NodeContext> = {
  subject: "health",
  async run({ status }) {
    if (!status) return [];
    const warnings = status.Health ?? [];
    if (warnings.length === 0) return [ok("tailscaled has no warnings")];
    return warnings.map((text) => warn(text, "tailscaled says so: see tailscale status"));
  },
};
