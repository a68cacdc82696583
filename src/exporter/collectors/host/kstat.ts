import { fields, lines, unsigned } from "./parse.ts";

/** Types of a kernel statistic that hold an integer. */
export type KstatType = "int64" | "uint64";

/** Numbers of the types in the kernel module's files (`KSTAT_DATA_INT64` and `KSTAT_DATA_UINT64` of OpenZFS). */
const TYPES: Readonly<Record<string, KstatType>> = { 3: "int64", 4: "uint64" };

/** What to take of a file of named statistics. */
export interface KstatOptions {
  /** For the error. */
  readonly path: string;
  readonly types: readonly KstatType[];
}

/**
 * Calls `found` with each statistic of some types in the text of a file: below a heading, lines of name, type and value.
 *
 * @throws {SyntaxError} If there is no heading, or a value is not of its type.
 */
export function forEachKstat(
  text: string,
  { path, types }: KstatOptions,
  found: (name: string, value: number) => void,
): void {
  const heading = /^[ \t]*name[ \t]+type[ \t]+data[ \t]*$/m.exec(text);
  if (!heading) throw new SyntaxError(`Cannot parse ${path}: found no heading`);
  // One expression over the text: a host has a file of these for each of its datasets.
  const statistic = /^[ \t]*(\S+)[ \t]+(\d+)[ \t]+(\S+)/gm;
  statistic.lastIndex = heading.index + heading[0].length;
  for (let match = statistic.exec(text); match; match = statistic.exec(text)) {
    const [, name = "", number = "", value = ""] = match;
    const type = TYPES[number];
    if (type === undefined || !types.includes(type)) continue;
    const digits = type === "int64" && value.startsWith("-") ? value.slice(1) : value;
    const amount = unsigned(digits, `${path}, ${name}`);
    found(name, digits === value ? amount : -amount);
  }
}

/**
 * Statistics in a pool's file `io`, which old versions of OpenZFS have: a line of names, then one of values.
 *
 * @throws {SyntaxError} If a value is missing or no number.
 */
export function parsePoolIo(text: string, path: string): [name: string, value: number][] {
  const all = lines(text).map(fields);
  const heading = all.findIndex(([first, ...rest]) => first === "nread" && rest.length >= 11);
  if (heading < 0) return [];
  return all
    .slice(heading + 1)
    .filter(({ length }) => length > 0)
    .flatMap((values) => all[heading]!.map((name, i): [string, number] => [name, unsigned(values[i], path)]));
}
