import { fields, unsigned } from "./parse.ts";

/** An array in mdstat. */
export interface MdArray {
  readonly device: string;
  /** What it does: `active`, `inactive`, `recovering`, `reshaping`, `resyncing`, `checking`, or the kernel's own word. */
  readonly activity: string;
  readonly disks: Readonly<Record<"required" | "active" | "failed" | "spare", number>>;
  /** In blocks of 1 KiB. */
  readonly blocks: number;
  /** Of `blocks`, those that are in sync; during a reshape, of the blocks to go over. */
  readonly blocksSynced: number;
}

/** Words that the line of progress has, and what the array then does; the first one found counts. */
const PROGRESS = [
  ["recovery", "recovering"],
  ["reshape", "reshaping"],
  ["check", "checking"],
  ["resync", "resyncing"],
] as const;

/**
 * Arrays of the text of mdstat (md(4)): a line at the margin for each, then indented ones.
 *
 * @throws {SyntaxError} If a line is not what the kernel writes.
 */
export function parseMdstat(text: string): MdArray[] {
  const arrays: MdArray[] = [];
  const lines = text.split("\n");
  for (const [i, line] of lines.entries()) {
    if (line.trim() === "" || line.startsWith(" ") || line.startsWith("unused") || line.startsWith("Personalities")) {
      continue;
    }
    arrays.push(arrayOf(line, lines[i + 1] ?? "", progressLine(lines, i)));
  }
  return arrays;
}

/** The line after that of the blocks, or after the bitmap's where there is one. */
function progressLine(lines: readonly string[], start: number): string {
  const line = lines[start + 2] ?? "";
  return line.includes("bitmap") ? (lines[start + 3] ?? "") : line;
}

function arrayOf(line: string, status: string, progress: string): MdArray {
  const [device, , state] = fields(line);
  if (device === undefined || state === undefined) throw invalid(line);
  const blocks = unsigned(fields(status)[0], "mdstat");
  const [, doing] = PROGRESS.find(([word]) => progress.includes(word)) ?? [];
  return {
    device,
    activity: doing ?? state,
    disks: { ...disksOf(line, status), failed: count(line, "(F)"), spare: count(line, "(S)") },
    blocks,
    blocksSynced: doing === undefined ? blocks : syncedOf(progress),
  };
}

function disksOf(line: string, status: string): { required: number; active: number } {
  if (line.includes("raid0") || line.includes("linear")) {
    const disks = count(line, "["); // these levels need all that they have
    return { required: disks, active: disks };
  }
  if (line.includes("inactive")) return { required: 0, active: 0 };
  const [, required, active] = /\d+ blocks .*\[(\d+)\/(\d+)\] \[[U_]+\]/.exec(status) ?? [];
  if (required === undefined) throw invalid(status);
  return { required: Number(required), active: Number(active) };
}

function syncedOf(progress: string): number {
  if (progress.includes("PENDING") || progress.includes("DELAYED")) return 0;
  const [, synced] = /\((\d+)\/\d+\)/.exec(progress) ?? [];
  if (synced === undefined) throw invalid(progress);
  return Number(synced);
}

function count(text: string, part: string): number {
  return text.split(part).length - 1;
}

function invalid(line: string): SyntaxError {
  return new SyntaxError(`Cannot parse mdstat: found "${line}"`);
}
