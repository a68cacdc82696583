import type { FlagDescription } from "../../config/flags.ts";
import type { Place } from "../completion.ts";

/** For zsh, as a file of its `fpath`. */
export function zshCompletion(places: readonly Place[]): string {
  // The longest path first, since a shorter one matches too.
  const cases = places.toSorted((a, b) => b.path.length - a.path.length).map(caseOf);
  return `#compdef tsmon
# Completion of tsmon for zsh, made by "tsmon completion zsh"
_tsmon() {
  local before="\${(j: :)words[2,CURRENT-1]} "
  case $before in
${cases.join("\n")}
  esac
}
if [ "$funcstack[1]" = _tsmon ]; then _tsmon "$@"; else compdef _tsmon tsmon; fi
`;
}

function caseOf({ path, words, flags }: Place): string {
  const specs = [...flags.map(specOf), "'--help[Show its help]'"];
  const next = Object.entries(words).map(([word, description]) => `${word}\\:"${quoted(description)}"`);
  if (next.length > 0) specs.push(`'1:word:((${next.join(" ")}))'`);
  const pattern = path.length === 0 ? "*" : `"${path.join(" ")} "*`;
  const shift = path.length === 0 ? [] : [`shift ${path.length} words`, `(( CURRENT -= ${path.length} ))`];
  const lines = [...shift, `_arguments ${specs.join(" \\\n        ")}`, ";;"];
  return `    ${pattern})\n${lines.map((line) => `      ${line}\n`).join("")}`.trimEnd();
}

function specOf({ name, description, value, repeatable, placeholder }: FlagDescription): string {
  const action = {
    none: "",
    file: ":file:_files",
    folder: ":folder:_files -/",
    text: `:${quoted(placeholder)}:`,
    "one of": value.kind === "one of" ? `:value:(${value.words.join(" ")})` : "",
  }[value.kind];
  return `'${repeatable ? "*" : ""}${name}${value.kind === "none" ? "" : "="}[${quoted(description)}]${action}'`;
}

/** Text between single quotes in which brackets and colons mean nothing. */
function quoted(text: string): string {
  return text.replace(/[[\]:\\]/g, "\\$&").replaceAll("'", "'\\''");
}
