import process from "node:process";
import { asksFor } from "../config/arguments.ts";
import { type FlagDescription, flagsOf } from "../config/flags.ts";
import { COMMANDS, SERVICES } from "./commands.ts";
import { bashCompletion } from "./completion/bash.ts";
import { fishCompletion } from "./completion/fish.ts";
import { zshCompletion } from "./completion/zsh.ts";
import { KINDS } from "./generate.ts";
import { MODES, type Mode } from "./modes.ts";

/** What may stand at one place of the command line. */
export interface Place {
  /** Words before it: none, a command, or a command and its word. */
  readonly path: readonly string[];
  /** What the next word may be, and what that is. */
  readonly words: Readonly<Record<string, string>>;
  readonly flags: readonly FlagDescription[];
}

const SHELLS = { bash: bashCompletion, fish: fishCompletion, zsh: zshCompletion } as const;
export const SHELL_NAMES = Object.keys(SHELLS) as (keyof typeof SHELLS)[];

const USAGE = `Usage: tsmon completion SHELL

Prints a script that completes tsmon's commands and flags.

  bash   tsmon completion bash >/usr/local/share/bash-completion/completions/tsmon
  zsh    tsmon completion zsh >/usr/local/share/zsh/site-functions/_tsmon
  fish   tsmon completion fish >~/.config/fish/completions/tsmon.fish
`;

/** `tsmon completion SHELL`; returns the exit code. */
export async function runCompletion(argv: readonly string[]): Promise<number> {
  const [shell, ...rest] = argv;
  if (asksFor(argv) === "help") {
    process.stdout.write(USAGE);
    return 0;
  }
  if (shell === undefined || rest.length > 0 || !Object.hasOwn(SHELLS, shell)) {
    process.stderr.write(`${shell === undefined ? "Which shell?" : `Unknown shell: ${argv.join(" ")}`}\n\n${USAGE}`);
    return 2;
  }
  process.stdout.write(await completionScript(shell as keyof typeof SHELLS));
  return 0;
}

/** The script that completes tsmon's command line in a shell. */
export async function completionScript(shell: keyof typeof SHELLS): Promise<string> {
  return SHELLS[shell](await places());
}

async function places(): Promise<Place[]> {
  const names = Object.keys(MODES) as Mode[];
  const flags = Object.fromEntries(
    await Promise.all(names.map(async (name) => [name, flagsOf((await MODES[name]()).schema)] as const)),
  ) as Record<Mode, FlagDescription[]>;
  const services = Object.fromEntries(SERVICES.map((mode) => [mode, COMMANDS[mode].description]));
  const commands = Object.entries(COMMANDS).map(([name, { description }]) => [name, description] as const);
  const kinds = Object.entries(KINDS).map(([name, { what, schema }]) => ({ name, what, schema }));
  return [
    { path: [], words: Object.fromEntries(commands), flags: [switchOf("--version", "Show the version")] },
    ...names.map((name) => ({ path: [name], words: {}, flags: flags[name] })),
    { path: ["generate"], words: Object.fromEntries(kinds.map(({ name, what }) => [name, what])), flags: [] },
    ...kinds.map(({ name, schema }) => ({ path: ["generate", name], words: {}, flags: flagsOf(schema) })),
    { path: ["install"], words: services, flags: [] },
    ...SERVICES.map((mode) => ({ path: ["install", mode], words: {}, flags: [DRY_RUN, ...flags[mode]] })),
    { path: ["uninstall"], words: services, flags: [] },
    ...SERVICES.map((mode) => ({ path: ["uninstall", mode], words: {}, flags: [DRY_RUN, PURGE] })),
    { path: ["completion"], words: Object.fromEntries(SHELL_NAMES.map((name) => [name, "A shell"])), flags: [] },
  ];
}

/** A flag that is no setting. */
function switchOf(name: string, description: string): FlagDescription {
  const value = { kind: "none" } as const;
  return { name, key: name.slice(2), description, value, placeholder: "", repeatable: false, default: undefined };
}

const DRY_RUN = switchOf("--dry-run", "Show every step and every file, and do nothing");
const PURGE = switchOf("--purge", "Remove the settings and the state too");
