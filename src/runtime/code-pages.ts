import { readFileSync } from "node:fs";
import { openLibc } from "./libc.ts";

/** A part of the address space: where it starts and how long it is, in bytes. */
export interface Mapping {
  readonly address: number;
  readonly length: number;
}

/** Of smaller mappings there is little to give back. */
const MIN_RESIDENT_KB = 1024;

/** madvise(2)'s advice (`include/uapi/asm-generic/mman-common.h`). Of a file's unchanged pages nothing is lost by it. */
const MADV_DONTNEED = 4;

let mappings: readonly Mapping[] | undefined;
let madvise: (address: number, length: number, advice: number) => unknown;

/**
 * Takes the program's code out of this process's memory. The kernel keeps the pages in its cache and maps again those that
 * run, 64 kB at a time, which for a scrape are half of those that the start has left. Does nothing where the system has no
 * such call.
 */
export function unmapCode(): void {
  mappings ??= load();
  for (const { address, length } of mappings) madvise(address, length, MADV_DONTNEED);
}

function load(): readonly Mapping[] {
  try {
    ({ madvise } = openLibc({ madvise: { parameters: ["usize", "usize", "i32"], result: "i32" } }));
    return unchangedFiles(readFileSync("/proc/self/smaps", "utf8"));
  } catch {
    return []; // no Linux, or a sandbox: it works without
  }
}

/**
 * Mappings that show a file as it is and that cannot be written, as most of a program's code and constants are. Those in
 * which the loader has filled in addresses are none: what it wrote is not in the file.
 *
 * @param smaps `/proc/PID/smaps`, proc_pid_smaps(5).
 */
export function unchangedFiles(smaps: string): Mapping[] {
  return smaps.split(/^(?=[\da-f]+-[\da-f]+ )/m).flatMap((entry) => {
    const [, start, end] = /^([\da-f]+)-([\da-f]+) r-[x-]p \S+ \S+ \d+ +\//.exec(entry) ?? [];
    if (start === undefined || end === undefined) return [];
    const kilobytes = (name: string) => Number(new RegExp(`^${name}: +(\\d+) kB$`, "m").exec(entry)?.[1] ?? Number.NaN);
    const isUnchanged = kilobytes("Anonymous") === 0 && kilobytes("Swap") === 0;
    if (!isUnchanged || kilobytes("Rss") < MIN_RESIDENT_KB) return [];
    const address = Number.parseInt(start, 16);
    return [{ address, length: Number.parseInt(end, 16) - address }];
  });
}
