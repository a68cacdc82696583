import { fields, lines, unsigned } from "./parse.ts";

/** Bytes by the letter with which the kernel's `bch_hprint` ends a size. */
const UNITS: Readonly<Record<string, number>> = {
  k: 2 ** 10,
  M: 2 ** 20,
  G: 2 ** 30,
  T: 2 ** 40,
  P: 2 ** 50,
  E: 2 ** 60,
  Z: 2 ** 70,
  Y: 2 ** 80,
};

/**
 * A number or a size such as `1.5k`, `-512` or `2.10M`, in bytes. What follows the point is no decimal fraction: `bch_hprint`
 * writes 1024ths divided by 100 there, so that `.10` is more than `.9`.
 *
 * @param path File that it comes from, for the error.
 * @throws {SyntaxError} If it is anything else.
 */
export function parseSize(text: string, path: string): number {
  const [, sign, whole, fraction = "0", unit = ""] = /^(-?)(\d+)(?:\.(\d+))?([kMGTPEZY]?)$/.exec(text) ?? [];
  if (whole === undefined) throw new SyntaxError(`Cannot parse ${path}: found "${text}"`);
  const size =
    unit === ""
      ? Math.trunc(Number(`${whole}.${fraction}`))
      : Math.trunc((Number(whole) + Number(fraction) / 10.24) * UNITS[unit]!);
  return sign === "-" && size !== 0 ? -size : size;
}

/** Lines of `writeback_rate_debug` that are reported. */
export type WritebackRate = Partial<Record<"target" | "rate" | "proportional" | "integral" | "change", number>>;

/** Sizes in the text of `writeback_rate_debug`, in bytes, or in bytes per second where the kernel says so. */
export function parseWritebackRate(text: string, path: string): WritebackRate {
  const rate: Record<string, number> = {};
  for (const line of lines(text)) {
    const [, key, size] = /^(target|rate|proportional|integral|change):\s*(\S+?)(?:\/sec)?\s*$/.exec(line) ?? [];
    if (key !== undefined && size !== undefined) rate[key] = parseSize(size, path);
  }
  return rate;
}

/** Percentages in the text of `priority_stats`. */
export function parsePriorityStats(text: string, path: string): Partial<Record<"Unused" | "Metadata", number>> {
  const stats: Record<string, number> = {};
  for (const line of lines(text)) {
    const [key = "", ...values] = fields(line);
    if (key !== "Unused:" && key !== "Metadata:") continue;
    stats[key.slice(0, -1)] = unsigned(values.at(-1)?.replace(/%$/, ""), path);
  }
  return stats;
}
