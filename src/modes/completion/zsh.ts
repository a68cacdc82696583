import type { FlagDescription } from "../../config/flags.ts";
import type { CompletedCommand } from "../completion.ts";

/** For zsh, as a file of its `fpath`. */
export function zshCompletion(commands: readonly CompletedCommand[]): string {
  const cases = commands.map(({ name, flags, words }) => {
    const specs = [...flags.map(specOf), "'--help[Show its help]'"];
    if (words.length > 0) specs.push(`'1:word:(${words.join(" ")})'`);
    return `    ${name})\n      _arguments ${specs.join(" \\\n        ")}\n      ;;`;
  });
  return `#compdef tsmon
# Completion of tsmon for zsh, made by "tsmon completion zsh"
_tsmon() {
  local -a commands
  commands=(
${commands.map(({ name, description }) => `    '${name}:${quoted(description)}'`).join("\n")}
  )
  if (( CURRENT == 2 )); then
    _describe command commands
    return
  fi
  local command=$words[2]
  shift words
  (( CURRENT-- ))
  case $command in
${cases.join("\n")}
  esac
}
if [ "$funcstack[1]" = _tsmon ]; then _tsmon "$@"; else compdef _tsmon tsmon; fi
`;
}

function specOf({ name, description, value, repeatable, placeholder }: FlagDescription): string {
  const action = {
    none: "",
    file: ":file:_files",
    folder: ":folder:_files -/",
    text: `:${quoted(placeholder)}:`,
    "one of": value.kind === "one of" ? `:value:(${value.words.join(" ")})` : "",
  }[value.kind];
  return `'${repeatable ? "*" : ""}${name}[${quoted(description)}]${action}'`;
}

/** Text between single quotes in which brackets and colons mean nothing. */
function quoted(text: string): string {
  return text.replace(/[[\]:\\]/g, "\\$&").replaceAll("'", "'\\''");
}
