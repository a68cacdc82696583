import type { FlagDescription } from "../../config/flags.ts";
import type { Place } from "../completion.ts";

/** For fish 3 and later. */
export function fishCompletion(places: readonly Place[]): string {
  const lines = places.flatMap(({ path, words, flags }) => {
    const before = path.map((word) => `${word} `).join("") || " ";
    // Where a word is to come, another one has no meaning.
    const at = `complete -c tsmon -n '__tsmon_after "${before}${Object.keys(words).length > 0 ? "" : "*"}"'`;
    return [
      ...flags.map((flag) => `${at} ${optionOf(flag)}`),
      ...Object.entries(words).map(([word, description]) => `${at} -a ${word} -d '${quoted(description)}'`),
    ];
  });
  return `# Completion of tsmon for fish, made by "tsmon completion fish"
function __tsmon_after
  set -l before (commandline -opc)
  set -e before[1]
  string match -q -- $argv "$before "
end
complete -c tsmon -f
complete -c tsmon -l help -d 'Show its help'
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
