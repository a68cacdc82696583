import type { FlagDescription } from "../../config/flags.ts";
import type { CompletedCommand } from "../completion.ts";

/** For fish 3 and later. */
export function fishCompletion(commands: readonly CompletedCommand[]): string {
  const lines = commands.flatMap(({ name, description, flags, words }) => {
    const inside = `complete -c tsmon -n '__fish_seen_subcommand_from ${name}'`;
    return [
      `complete -c tsmon -n __fish_use_subcommand -a ${name} -d '${quoted(description)}'`,
      ...flags.map((flag) => `${inside} ${optionOf(flag)}`),
      `${inside} -l help -d 'Show its help'`,
      ...(words.length === 0 ? [] : [`${inside} -a '${words.join(" ")}'`]),
    ];
  });
  return `# Completion of tsmon for fish, made by "tsmon completion fish"
complete -c tsmon -f
complete -c tsmon -n __fish_use_subcommand -l version -d 'Show the version'
${lines.join("\n")}
`;
}

function optionOf({ name, description, value }: FlagDescription): string {
  const takes = {
    none: "",
    file: " -r -F",
    folder: " -r -a '(__fish_complete_directories)'",
    text: " -x",
    "one of": value.kind === "one of" ? ` -x -a '${value.words.join(" ")}'` : "",
  }[value.kind];
  return `-l ${name.slice(2)}${takes} -d '${quoted(description)}'`;
}

function quoted(text: string): string {
  return text.replace(/[\\']/g, "\\$&");
}
