/**
 * Compiles a regular expression written for Go's RE2, as far as JavaScript reads it the same way.
 *
 * Unicode mode refuses the escapes that only RE2 knows (`\A`, `\z`, `\pL`), where the plain mode would take them for
 * letters. Leading flags such as `(?i)` are RE2's and become JavaScript's.
 *
 * @throws {SyntaxError} With the reason, when the expression does not compile or would mean something else.
 */
export function compileRegExp(text: string): RegExp {
  if (/\[\[:\^?[a-z]+:\]/.test(text)) {
    throw new SyntaxError("POSIX classes such as [[:alpha:]] are not supported: use \\d, \\w or [a-z]");
  }
  const [leading = "", flags = ""] = /^\(\?([ims]+)\)/.exec(text) ?? [];
  const pattern = text.slice(leading.length);
  try {
    return new RegExp(pattern, `${[...new Set(flags)].join("")}u`);
  } catch (error) {
    throw new SyntaxError(reasonOf(error), { cause: error });
  }
}

/** The runtimes put the expression, or nothing, before the reason; the setting's message has the expression already. */
function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.slice(message.lastIndexOf(": ") + 1).trim();
}
