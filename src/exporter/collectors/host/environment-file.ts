import { lines, quoted } from "./parse.ts";

/**
 * Variables of a file of shell assignments such as os-release(5): bare, single-quoted and double-quoted values, comments.
 *
 * In double quotes the escapes are JSON's, because that is how `go-envparse`, which node_exporter uses, reads them.
 *
 * @throws {SyntaxError} If a line is no assignment.
 */
export function parseEnvironmentFile(text: string): Map<string, string> {
  const variables = new Map<string, string>();
  for (const [i, raw] of lines(text).entries()) {
    const line = raw.trim();
    if (line === "" || line.startsWith("#")) continue;
    const assignment = /^(?:export +)?([A-Za-z_][\w./]*)\s*=(.*)$/.exec(line);
    const value = assignment && parseValue(assignment[2]!.trim());
    if (value === undefined || value === null)
      throw new SyntaxError(`Cannot parse line ${i + 1}: found "${quoted(line)}"`);
    variables.set(assignment![1]!, value);
  }
  return variables;
}

/** A double-quoted piece, a single-quoted piece, or a run of bare text; a comment ends the value. */
const PIECE = /"((?:[^"\\]|\\.)*)"|'([^']*)'|([^"'#]+)|#.*$/gy;

/** The value, or undefined when a quote is not closed or an escape not known. */
function parseValue(text: string): string | undefined {
  let value = "";
  let end = 0;
  for (const [piece, double, single, bare] of text.matchAll(PIECE)) {
    end += piece.length;
    if (piece.startsWith("#")) return value.trimEnd();
    const part = double === undefined ? (single ?? bare!) : unescapeJson(double);
    if (part === undefined) return undefined;
    value += part;
  }
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is refused
  return end === text.length && !/[\x00-\x1f]/.test(text) ? value : undefined;
}

function unescapeJson(quoted: string): string | undefined {
  if (!quoted.includes("\\")) return quoted;
  try {
    return JSON.parse(`"${quoted}"`) as string;
  } catch {
    return undefined;
  }
}
