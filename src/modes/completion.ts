import process from "node:process";
import { asksFor } from "../config/arguments.ts";
import { type FlagDescription, flagsOf } from "../config/flags.ts";
import { COMMANDS } from "./commands.ts";
import { bashCompletion } from "./completion/bash.ts";
import { fishCompletion } from "./completion/fish.ts";
import { zshCompletion } from "./completion/zsh.ts";
import { INSTALLABLE } from "./install.ts";
import { MODES, type Mode } from "./modes.ts";

/** A command and its flags, for a shell. */
export interface CompletedCommand {
  readonly name: string;
  readonly description: string;
  readonly flags: readonly FlagDescription[];
  /** What may be its first word. */
  readonly words: readonly string[];
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
  const commands = await Promise.all(
    Object.entries(COMMANDS).map(async ([name, { description, takes }]): Promise<CompletedCommand> => {
      const flags = name in MODES ? flagsOf((await MODES[name as Mode]()).schema) : [];
      const words = { modes: INSTALLABLE, shells: SHELL_NAMES, nothing: [], host: [] }[takes];
      return { name, description, flags, words };
    }),
  );
  return SHELLS[shell](commands);
}
