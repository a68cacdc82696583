import type { FlagDescription } from "../../config/flags.ts";
import type { CompletedCommand } from "../completion.ts";

/** For bash 4 and later, with the package bash-completion or without. */
export function bashCompletion(commands: readonly CompletedCommand[]): string {
  const cases = commands.map(({ name, flags, words }) => {
    const values = flags.flatMap(valueCase);
    const all = [...flags.flatMap(namesOf), "--help", ...words];
    return [
      `    ${name})`,
      ...(values.length === 0 ? [] : ["      case $previous in", ...values, "      esac"]),
      `      COMPREPLY=($(compgen -W '${all.join(" ")}' -- "$current"))`,
      "      ;;",
    ].join("\n");
  });
  return `# Completion of tsmon for bash, made by "tsmon completion bash"
_tsmon() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD - 1]}
  COMPREPLY=()
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W '${[...commands.map(({ name }) => name), "--help", "--version"].join(" ")}' -- "$current"))
    return
  fi
  case \${COMP_WORDS[1]} in
${cases.join("\n")}
  esac
}
complete -F _tsmon tsmon
`;
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
