import { fields, unsigned } from "./parse.ts";

/** Ticks a second of the counters in procfs; the kernel's USER_HZ is 100 on every architecture that we build for. */
const TICKS_PER_SECOND = 100;

/** Columns of a `cpu` line, in order; see proc_stat(5). */
export const CPU_MODES = [
  "user",
  "nice",
  "system",
  "idle",
  "iowait",
  "irq",
  "softirq",
  "steal",
  "guest",
  "guest_nice",
] as const;

/** Seconds by CPU number, one for each of {@linkcode CPU_MODES}; 0 for columns that an old kernel lacks. */
export function parseCpuSeconds(text: string): Map<string, number[]> {
  const cpus = new Map<string, number[]>();
  for (let start = text.indexOf("cpu"); text.startsWith("cpu", start); ) {
    const end = lineEnd(text, start);
    const [name = "", ...ticks] = fields(text.slice(start, end));
    start = end + 1;
    if (ticks.length === 0) continue;
    const seconds = CPU_MODES.map((_, i) => unsigned(ticks[i] ?? "0", "stat") / TICKS_PER_SECOND);
    if (name !== "cpu") cpus.set(`${unsigned(name.slice(3), "stat")}`, seconds);
  }
  return cpus;
}

/** Values of the line that begins with `key`, the first `limit` of them; undefined when there is no such line. */
export function statLine(text: string, key: string, limit: number): number[] | undefined {
  const start = text.startsWith(`${key} `) ? 0 : text.indexOf(`\n${key} `) + 1;
  if (start === 0 && !text.startsWith(`${key} `)) return undefined;
  // The line of interrupts is long; what is beyond the limit is not looked at.
  const values = text.slice(start + key.length + 1, lineEnd(text, start)).split(" ", limit);
  return values.map((value) => unsigned(value, "stat"));
}

function lineEnd(text: string, start: number): number {
  const end = text.indexOf("\n", start);
  return end < 0 ? text.length : end;
}
