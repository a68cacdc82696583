import type { FlagDescription } from "../../config/flags.ts";
import type { Place } from "../completion.ts";

/** For bash 4 and later, with the package bash-completion or without. */
export function bashCompletion(places: readonly Place[]): string {
  // The longest path first, since a shorter one matches too.
  const cases = places.toSorted((a, b) => b.path.length - a.path.length).map(caseOf);
  return `# Completion of tsmon for bash, made by "tsmon completion bash"
_tsmon() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD - 1]} before='' word
  # To bash, --flag=value is three words.
  if [ "$current" = = ]; then
    current=''
  elif [ "$previous" = = ]; then
    previous=\${COMP_WORDS[COMP_CWORD - 2]}
  fi
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case $word in -*) break ;; esac
    before="$before$word "
  done
  COMPREPLY=()
  case $before in
${cases.join("\n")}
  esac
}
complete -F _tsmon tsmon
`;
}

function caseOf({ path, words, flags }: Place): string {
  const values = flags.flatMap(valueCase);
  const all = [...flags.flatMap(namesOf), "--help", ...Object.keys(words)];
  // Where a word is to come, another one has no meaning.
  const pattern = `'${path.map((word) => `${word} `).join("")}'${Object.keys(words).length > 0 ? "" : "*"}`;
  return [
    `    ${pattern})`,
    ...(values.length === 0 ? [] : ["      case $previous in", ...values, "      esac"]),
    `      COMPREPLY=($(compgen -W '${all.join(" ")}' -- "$current"))`,
    "      ;;",
  ].join("\n");
}

function namesOf({ name, key }: FlagDescription): string[] {
  return [...new Set([name, `--${key}`])];
}

function valueCase({ name, value }: FlagDescription): string[] {
  if (value.kind === "none") return [];
  const reply = {
    file: `$(compgen -f -- "$current")`,
    folder: `$(compgen -d -- "$current")`,
    text: "",
    "one of": value.kind === "one of" ? `$(compgen -W '${value.words.join(" ")}' -- "$current")` : "",
  }[value.kind];
  return [`        ${name}) COMPREPLY=(${reply}); return ;;`];
}
