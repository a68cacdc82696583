import { defineCommand, runCommand } from "citty";
import { COMMANDS, type CommandName, type ServiceName } from "./commands.ts";

type ToolName = Exclude<CommandName, ServiceName>;
type Run = (argv: readonly string[]) => Promise<number>;

/** The commands that do one thing and end. Each is loaded when it is asked for. */
const RUNS: Readonly<Record<ToolName, () => Promise<Run>>> = {
  generate: async () => (await import("./generate.ts")).runGenerate,
  doctor: async () => (await import("./doctor.ts")).runDoctor,
  install: async () => (await import("./install.ts")).runInstall,
  uninstall: async () => (await import("./install.ts")).runUninstall,
  completion: async () => (await import("./completion.ts")).runCompletion,
};

/** Runs such a command, whose name comes first, and returns the exit code. */
export async function runTool(argv: readonly string[]): Promise<number> {
  let exitCode = 0;
  const commandOf = (name: ToolName) =>
    defineCommand({
      meta: { name, description: COMMANDS[name].description },
      async run({ rawArgs }) {
        const run = await RUNS[name]();
        exitCode = await run(rawArgs);
      },
    });
  const subCommands = Object.fromEntries((Object.keys(RUNS) as ToolName[]).map((name) => [name, commandOf(name)]));
  const tsmon = defineCommand({ meta: { name: "tsmon", description: "Makes a tailnet observable" }, subCommands });
  await runCommand(tsmon, { rawArgs: [...argv] });
  return exitCode;
}
