/** What a command does. */
export interface CommandDescription {
  readonly description: string;
}

/** Every command, in the order of the help. */
export const COMMANDS = {
  agent: { description: "Metrics of this host and of its tailscaled" },
  discover: { description: "The tailnet's targets, for Prometheus" },
  fleet: { description: "State of every device of the tailnet" },
  generate: { description: "Files for the tools around it: acl, prometheus" },
  doctor: { description: "Why this node, or another host, is not scraped" },
  install: { description: "Makes a mode a service of systemd" },
  uninstall: { description: "Ends a mode's service" },
  completion: { description: "Completion of commands and flags for a shell" },
} as const satisfies Readonly<Record<string, CommandDescription>>;
export type CommandName = keyof typeof COMMANDS;

/** The commands that serve until they are asked to stop, and so can be services of systemd. */
export const SERVICES = ["agent", "discover", "fleet"] as const satisfies readonly CommandName[];
export type ServiceName = (typeof SERVICES)[number];
