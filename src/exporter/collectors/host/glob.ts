import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";

/**
 * Paths that a pattern in Go's `filepath.Glob` syntax matches: `*`, `?`, `[a-z]`, and a backslash before any of them. A
 * wildcard matches no slash. None when nothing matches or the pattern is not well-formed.
 */
export function glob(pattern: string): string[] {
  const parts = pattern.split("/").filter((part) => part !== "");
  let paths = [pattern.startsWith("/") ? "/" : "."];
  try {
    for (const part of parts) {
      const expression = isPattern(part) ? toRegExp(part) : undefined;
      paths = paths.flatMap((path) => {
        if (!expression) return existsSync(join(path, part)) ? [join(path, part)] : [];
        return entriesOf(path).flatMap((name) => (expression.test(name) ? [join(path, name)] : []));
      });
    }
  } catch (error) {
    if (error instanceof SyntaxError) return [];
    throw error;
  }
  return paths;
}

/** Whether a text has anything that {@linkcode glob} does not take literally. */
export function isPattern(text: string): boolean {
  return /[*?[\\]/.test(text);
}

/** Names in a folder, sorted; none when it cannot be listed. */
function entriesOf(path: string): string[] {
  try {
    return readdirSync(path).sort();
  } catch {
    return [];
  }
}

function toRegExp(pattern: string): RegExp {
  const parts = pattern.match(/\\.|\[\^?(?:\\.|[^\]\\])+\]|[^[\\]/gsu) ?? [];
  if (parts.join("") !== pattern) throw new SyntaxError(`Cannot use the pattern ${pattern}`);
  const source = parts.map((part) => {
    if (part === "*") return "[^/]*";
    if (part === "?") return "[^/]";
    if (part.startsWith("[")) return part.replace(/\\(.)/gsu, (_, letter) => RegExp.escape(letter));
    return RegExp.escape(part.startsWith("\\") ? part.slice(1) : part);
  });
  return new RegExp(`^${source.join("")}$`, "s");
}
