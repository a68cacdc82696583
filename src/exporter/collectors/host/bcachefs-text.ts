import { fields, lines, unsigned } from "./parse.ts";

/** Bytes by the letter with which bcachefs ends a size. */
const UNITS: Readonly<Record<string, number>> = {
  k: 2 ** 10,
  m: 2 ** 20,
  g: 2 ** 30,
  t: 2 ** 40,
  p: 2 ** 50,
  e: 2 ** 60,
};

/**
 * A size such as `2.05G`, or a number, in bytes.
 *
 * @param path File that it comes from, for the error.
 * @throws {SyntaxError} If it is anything else.
 */
export function parseHumanSize(text: string | undefined, path: string): number {
  const [, amount, unit = ""] = /^\s*(\d+(?:\.\d+)?)\s*([kmgtpe]?)\s*$/i.exec(text ?? "") ?? [];
  if (amount === undefined) throw new SyntaxError(`Cannot parse ${path}: found "${text ?? ""}"`);
  return Math.trunc(Number(amount) * (UNITS[unit.toLowerCase()] ?? 1));
}

/** Rows of a table below its headings, as the name in front and the other columns; rows with fewer than three are none. */
export function tableRows(text: string): [name: string, columns: string[]][] {
  const rows: [string, string[]][] = [];
  for (const line of lines(text).slice(1)) {
    const [name = "", ...columns] = fields(line);
    if (columns.length >= 2) rows.push([name.replace(/:$/, ""), columns]);
  }
  return rows;
}

/** Counts by kind of error, which is followed by the time of the last one. */
export function parseErrors(text: string, path: string): [kind: string, count: number][] {
  return lines(text)
    .map(fields)
    .filter(({ length }) => length >= 2)
    .map(([kind = "", count]) => [kind, unsigned(count, path)]);
}

/** What a counter had reached, over the life of the file system; 0 where the text has only what it did since the mount. */
export function parseCounter(text: string, path: string): number {
  const [, total] = /^since filesystem creation:(.*)$/m.exec(text) ?? [];
  if (total !== undefined) return parseHumanSize(total, path);
  if (/^since mount:/m.test(text)) return 0;
  throw new SyntaxError(`Cannot parse ${path}: found "${text.slice(0, 40)}"`);
}

/** Bytes by operation and type of data, in blocks headed `read:` and `write:`. */
export function parseIoDone(text: string, path: string): [operation: string, type: string, bytes: number][] {
  const done: [string, string, number][] = [];
  let operation = "";
  for (const line of lines(text)) {
    const colon = line.indexOf(":");
    const [name, value] = [line.slice(0, colon).trim(), line.slice(colon + 1).trim()];
    if ((name === "read" || name === "write") && value === "") operation = name;
    else if (operation !== "" && colon >= 0) done.push([operation, name, unsigned(value, path)]);
  }
  return done;
}

/** Counts by kind of error since the file system was made: the first of the text's two blocks. */
export function parseIoErrors(text: string, path: string): [kind: string, count: number][] {
  const errors: [string, number][] = [];
  let isCounted = false;
  for (const line of lines(text)) {
    if (line.startsWith("IO errors since ")) {
      if (isCounted) break;
      isCounted = line.startsWith("IO errors since filesystem creation");
      if (!isCounted) break;
      continue;
    }
    const colon = line.indexOf(":");
    if (isCounted && colon >= 0)
      errors.push([line.slice(0, colon).trim(), unsigned(line.slice(colon + 1).trim(), path)]);
  }
  return errors;
}
