import process from "node:process";
import { COMMANDS, type ServiceName } from "./modes/commands.ts";

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

type Run = (argv: readonly string[]) => Promise<number>;

/** The services. They start without what parses the other commands, which takes two milliseconds or more to load. */
const RUNS: Readonly<Record<ServiceName, () => Promise<Run>>> = {
  agent: async () => (await import("./modes/agent.ts")).runAgent,
  discover: async () => (await import("./modes/discover.ts")).runDiscover,
  fleet: async () => (await import("./modes/fleet.ts")).runFleet,
};

async function main(argv: readonly string[]): Promise<number> {
  const [first, ...rest] = argv;
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
  if (!Object.hasOwn(COMMANDS, first)) {
    return usageError(`Unknown command ${JSON.stringify(first)}: expected ${Object.keys(COMMANDS).join(", ")}`);
  }
  if (isService(first)) {
    const run = await RUNS[first]();
    return run(rest);
  }
  const { runTool } = await import("./modes/tools.ts");
  return runTool(argv);
}

function isService(name: string): name is ServiceName {
  return Object.hasOwn(RUNS, name);
}

function usageError(text: string): number {
  process.stderr.write(`${text}\n\n${USAGE}`);
  return 2;
}

// Not left to the event loop: a thread that waits for a dead mount for ever would keep the process.
void main(process.argv.slice(2)).then((code) => process.exit(code));
