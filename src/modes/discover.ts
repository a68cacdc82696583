import { Discover } from "./discover/discover.ts";
import { DiscoverSettings } from "./discover/settings.ts";
import { type Mode, runMode } from "./shared/run.ts";

/** The mode, for its help too. */
export const DISCOVER: Mode<typeof DiscoverSettings> = {
  schema: DiscoverSettings,
  mode: "discover",
  description: "Lists the tailnet's agents and exporters for Prometheus. Needs no settings.",
  examples: [
    {
      command: "tsmon discover",
      does: "Serve HTTP SD on port 5254 of this node's Tailscale addresses and of loopback.",
    },
    { command: "tsmon discover --file-sd '/etc/prometheus/tsmon.json?tag=web'", does: "Keep a file for file_sd too." },
    { command: "tsmon discover --target 9100@tag:server", does: "List port 9100 of every device with the tag." },
  ],
  create: (options) => new Discover(options),
  serves: () => ({ what: "targets", path: "/sd" }),
};

/** `tsmon discover`: runs until it is asked to stop, and returns the exit code. */
export function runDiscover(argv: readonly string[]): Promise<number> {
  return runMode(DISCOVER, argv);
}
