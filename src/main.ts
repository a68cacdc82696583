import process from "node:process";
import { defineCommand, runCommand } from "citty";
import { COMMANDS, type CommandName } from "./modes/commands.ts";

const USAGE = `Usage: tsmon COMMAND [flags]

Makes a tailnet observable: metrics, discovery and inventory for Prometheus.

Commands:
${Object.entries(COMMANDS)
  .map(([name, { description }]) => `  ${name.padEnd(10)}  ${description}`)
  .join("\n")}

Examples:
  tsmon agent             Serve on this node's Tailscale addresses and on loopback
  tsmon generate acl      Print the tailnet policy that lets Prometheus read the agents
  tsmon agent --help      Flags of a command, with examples
  tsmon --version
`;

let exitCode = 0;

/** A command is loaded when it is asked for, so that none pays for another's start. */
const RUNS: Readonly<Record<CommandName, () => Promise<(argv: readonly string[]) => Promise<number>>>> = {
  agent: async () => (await import("./modes/agent.ts")).runAgent,
  discover: async () => (await import("./modes/discover.ts")).runDiscover,
  fleet: async () => (await import("./modes/fleet.ts")).runFleet,
  generate: async () => (await import("./modes/generate.ts")).runGenerate,
  doctor: async () => (await import("./modes/doctor.ts")).runDoctor,
  install: async () => (await import("./modes/install.ts")).runInstall,
  uninstall: async () => (await import("./modes/install.ts")).runUninstall,
  completion: async () => (await import("./modes/completion.ts")).runCompletion,
};
const NAMES = Object.keys(COMMANDS) as CommandName[];

const tsmon = defineCommand({
  meta: { name: "tsmon", description: "Makes a tailnet observable" },
  subCommands: Object.fromEntries(NAMES.map((name) => [name, commandOf(name)])),
});

function commandOf(name: CommandName) {
  return defineCommand({
    meta: { name, description: COMMANDS[name].description },
    async run({ rawArgs }) {
      const run = await RUNS[name]();
      exitCode = await run(rawArgs);
    },
  });
}

async function main(argv: readonly string[]): Promise<number> {
  const [first] = argv;
  if (first === undefined) return usageError("Which command?");
  if (first === "--help" || first === "-h" || first === "help") {
    process.stdout.write(USAGE);
    return 0;
  }
  if (first === "--version") {
    const { versionLine } = await import("./modes/shared/command.ts");
    process.stdout.write(versionLine());
    return 0;
  }
  if (!NAMES.some((name) => name === first)) {
    return usageError(`Unknown command ${JSON.stringify(first)}: expected ${NAMES.join(", ")}`);
  }
  await runCommand(tsmon, { rawArgs: [...argv] });
  return exitCode;
}

function usageError(text: string): number {
  process.stderr.write(`${text}\n\n${USAGE}`);
  return 2;
}

// Not left to the event loop: a thread that waits for a dead mount for ever would keep the process.
void main(process.argv.slice(2)).then((code) => process.exit(code));
