import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, resolve, sep } from "node:path";

/**
 * Unpacks a ttar archive, the plain text that node_exporter keeps its sysfs in, into a folder.
 *
 * @throws {SyntaxError} If a line is not what should be there.
 * @throws {RangeError} If a path leads out of the folder.
 */
export function unpackTtar(archive: string, folder: string): void {
  const lines = archive.split("\n");
  const modes: [path: string, mode: number][] = [];
  let path = "";
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i]!;
    if (line === "" || line.startsWith("#")) continue;
    const [, key, value = ""] = /^(\w+): (.*)$/.exec(line) ?? [];
    if (key === "Path" || key === "Directory") path = inside(folder, value);
    if (key === "Directory") mkdirSync(path, { recursive: true });
    else if (key === "Path") mkdirSync(dirname(path), { recursive: true });
    else if (key === "SymlinkTo") symlinkSync(value, path);
    else if (key === "Mode") modes.push([path, Number.parseInt(value, 8)]);
    else if (key === "Lines") {
      writeFileSync(
        path,
        lines
          .slice(i + 1, i + 1 + Number(value))
          .map(contentOf)
          .join(""),
        "latin1",
      );
      i += Number(value);
    } else throw new SyntaxError(`Cannot unpack line ${i + 1}: found "${line.slice(0, 100)}"`);
  }
  // Last, because a folder may forbid that anything is added to it.
  for (const [path, mode] of modes.reverse()) chmodSync(path, mode);
}

/** A line of a file: `EOF` says that no line feed follows, `NULLBYTE` is one, and after a backslash each is itself. */
function contentOf(line: string): string {
  const text = line.replace(/(?<!\\)NULLBYTE/g, "\0").replaceAll("\\NULLBYTE", "NULLBYTE");
  const isCut = /(?<!\\)EOF/.test(text);
  return text.replace(/(?<!\\)EOF/g, "").replaceAll("\\EOF", "EOF") + (isCut ? "" : "\n");
}

function inside(folder: string, path: string): string {
  const full = resolve(folder, path);
  if (!full.startsWith(folder + sep)) throw new RangeError(`Cannot unpack ${path}: it leads out of the folder`);
  return full;
}
