import process from "node:process";
import { defineCommand, runCommand } from "citty";

const USAGE = `Usage: tsmon COMMAND [flags]

Makes a tailnet observable: metrics, discovery and inventory for Prometheus.

Commands:
  agent      Metrics of this host and of its tailscaled
  discover   The tailnet's targets, for Prometheus
  generate   Files for the tools around it: acl, prometheus
  doctor     Why this node, or another host, is not scraped
  install    Makes a mode a service of systemd
  uninstall  Ends a mode's service
  completion Completion of commands and flags for a shell

Examples:
  tsmon agent             Serve on this node's Tailscale addresses and on loopback
  tsmon generate acl      Print the tailnet policy that lets Prometheus read the agents
  tsmon agent --help      Flags of a command, with examples
  tsmon --version
`;

let exitCode = 0;

/** A mode is loaded when it is asked for, so that none pays for another's start. */
const tsmon = defineCommand({
  meta: { name: "tsmon", description: "Makes a tailnet observable" },
  subCommands: {
    agent: async () => {
      const { runAgent } = await import("./modes/agent.ts");
      return defineCommand({
        meta: { name: "agent", description: "Metrics of this host and of its tailscaled" },
        async run({ rawArgs }) {
          exitCode = await runAgent(rawArgs);
        },
      });
    },
    doctor: async () => {
      const { runDoctor } = await import("./modes/doctor.ts");
      return defineCommand({
        meta: { name: "doctor", description: "Why this node, or another host, is not scraped" },
        async run({ rawArgs }) {
          exitCode = await runDoctor(rawArgs);
        },
      });
    },
    install: async () => {
      const { runInstall } = await import("./modes/install.ts");
      return defineCommand({
        meta: { name: "install", description: "Makes a mode a service of systemd" },
        async run({ rawArgs }) {
          exitCode = await runInstall(rawArgs);
        },
      });
    },
    uninstall: async () => {
      const { runUninstall } = await import("./modes/install.ts");
      return defineCommand({
        meta: { name: "uninstall", description: "Ends a mode's service" },
        async run({ rawArgs }) {
          exitCode = await runUninstall(rawArgs);
        },
      });
    },
    completion: async () => {
      const { runCompletion } = await import("./modes/completion.ts");
      return defineCommand({
        meta: { name: "completion", description: "Completion of commands and flags for a shell" },
        async run({ rawArgs }) {
          exitCode = await runCompletion(rawArgs);
        },
      });
    },
    discover: async () => {
      const { runDiscover } = await import("./modes/discover.ts");
      return defineCommand({
        meta: { name: "discover", description: "The tailnet's targets, for Prometheus" },
        async run({ rawArgs }) {
          exitCode = await runDiscover(rawArgs);
        },
      });
    },
    generate: async () => {
      const { runGenerate } = await import("./modes/generate.ts");
      return defineCommand({
        meta: { name: "generate", description: "Files for the tools around it" },
        async run({ rawArgs }) {
          exitCode = await runGenerate(rawArgs);
        },
      });
    },
  },
});

async function main(argv: readonly string[]): Promise<number> {
  const [first] = argv;
  if (first === undefined) return usageError("Which command?");
  if (first === "--help" || first === "-h" || first === "help") {
    process.stdout.write(USAGE);
    return 0;
  }
  if (first === "--version") {
    const { versionLine } = await import("./modes/shared/run.ts");
    process.stdout.write(versionLine());
    return 0;
  }
  const commands = Object.keys(tsmon.subCommands ?? {});
  if (!commands.includes(first))
    return usageError(`Unknown command ${JSON.stringify(first)}: expected ${commands.join(", ")}`);
  await runCommand(tsmon, { rawArgs: [...argv] });
  return exitCode;
}

function usageError(text: string): number {
  process.stderr.write(`${text}\n\n${USAGE}`);
  return 2;
}

// Not left to the event loop: a thread that waits for a dead mount for ever would keep the process.
void main(process.argv.slice(2)).then((code) => process.exit(code));
