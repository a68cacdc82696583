/** What a command does, and what may be its first word. */
export interface CommandDescription {
  readonly description: string;
  readonly takes: "nothing" | "modes" | "shells" | "host";
}

/** Every command, in the order of the help. */
export const COMMANDS = {
  agent: { description: "Metrics of this host and of its tailscaled", takes: "nothing" },
  discover: { description: "The tailnet's targets, for Prometheus", takes: "nothing" },
  fleet: { description: "State of every device of the tailnet", takes: "nothing" },
  generate: { description: "Files for the tools around it: acl, prometheus", takes: "nothing" },
  doctor: { description: "Why this node, or another host, is not scraped", takes: "host" },
  install: { description: "Makes a mode a service of systemd", takes: "modes" },
  uninstall: { description: "Ends a mode's service", takes: "modes" },
  completion: { description: "Completion of commands and flags for a shell", takes: "shells" },
} as const satisfies Readonly<Record<string, CommandDescription>>;
export type CommandName = keyof typeof COMMANDS;
