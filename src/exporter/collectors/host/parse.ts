const QUOTED = 100;

/** Lines of a text without the empty piece after the last line feed. */
export function lines(text: string): string[] {
  const all = text.split("\n");
  if (all.at(-1) === "") all.pop();
  return all;
}

/** What white space separates in a line. */
export function fields(line: string): string[] {
  const trimmed = line.trim();
  return trimmed === "" ? [] : trimmed.split(/\s+/);
}

/**
 * An unsigned decimal integer, as the kernel prints counters.
 *
 * @param path File that it comes from, for the error.
 * @throws {SyntaxError} If it is absent or anything else.
 */
export function unsigned(text: string | undefined, path: string): number {
  if (text === undefined || !isDigits(text))
    throw new SyntaxError(`Cannot parse ${path}: found "${quoted(text ?? "")}"`);
  return Number(text);
}

/** As much of a text as an error quotes. */
export function quoted(text: string): string {
  return text.slice(0, QUOTED);
}

/** Whether a text is one or more decimal digits; a loop, because it runs for every number of a scrape. */
function isDigits(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 48 || code > 57) return false;
  }
  return text !== "";
}
