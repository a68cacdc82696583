import type { NodeContext } from "../context.ts";
import { type Check, ok, warn } from "../finding.ts";

/** First with metrics of its own, `tailscaled_*`. */
const FIRST_MINOR = 78;

/** Whether tailscaled is new enough. */
export const version: Check<NodeContext> = {
  subject: "version",
  async run({ status }) {
    if (!status) return [];
    const [, major, minor] = /^(\d+)\.(\d+)\./.exec(status.Version) ?? [];
    if (major === "1" && Number(minor) < FIRST_MINOR)
      return [warn(`tailscaled ${major}.${minor} has no metrics of its own`, `Update it to 1.${FIRST_MINOR} or later`)];
    const { RunningLatest = true, LatestVersion, UrgentSecurityUpdate } = status.ClientVersion ?? {};
    if (RunningLatest) return [ok("No newer tailscaled is known of")];
    const why = UrgentSecurityUpdate ? ", which mends a security hole" : "";
    return [warn(`There is tailscaled ${LatestVersion ?? "of a newer version"}${why}`, "Update it: tailscale update")];
  },
};
