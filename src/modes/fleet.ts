import { Fleet } from "./fleet/fleet.ts";
import { translateForeignVariables } from "./fleet/foreign-variables.ts";
import { FleetSettings } from "./fleet/settings.ts";
import { type Mode, runMode } from "./shared/run.ts";

/** What `tsmon fleet` is made of. */
export const FLEET: Mode<typeof FleetSettings> = {
  schema: FleetSettings,
  mode: "fleet",
  description:
    "Tells the state of every device of a tailnet. Needs no settings where tailscaled runs; credentials of Tailscale's API or of Headscale add what tailscaled cannot know.",
  examples: [
    {
      command: "tsmon fleet",
      does: "Serve on port 5255 what this node's tailscaled knows, and what devices tell of themselves.",
    },
    {
      command: "tsmon fleet --api.oauth-client-id ID --api.oauth-client-secret-file /etc/tsmon/secret",
      does: "Ask Tailscale's API too: users, keys, routes, versions, settings.",
    },
    {
      command: "tsmon fleet --headscale.url https://hs.example.com --headscale.key-file /etc/tsmon/key",
      does: "Ask Headscale.",
    },
    { command: "tsmon fleet --demo 500", does: "Try dashboards with a made-up tailnet." },
  ],
  translate: translateForeignVariables,
  create: (options) => new Fleet(options),
  serves: () => ({ what: "the fleet", path: "/" }),
};

/** `tsmon fleet`: runs until it is asked to stop, and returns the exit code. */
export function runFleet(argv: readonly string[]): Promise<number> {
  return runMode(FLEET, argv);
}
