import { type Stats, statSync } from "node:fs";
import { parseFamilies, type TextFamily } from "../../text-families.ts";
import { readTextFile } from "./text-file.ts";

/** A file of metrics. */
export interface Textfile {
  readonly families: readonly TextFamily[];
  /** Time of its last change in Unix seconds, to the second. */
  readonly mtimeSeconds: number;
}

interface Kept extends Textfile {
  readonly identity: string;
  readonly bytes: number;
}

/** Size from which a file is refused: some 100,000 series. */
const MAX_FILE_BYTES = 16 * 1024 * 1024;

/** How much text is remembered at most, as what it says: some 10,000 series. */
const KEPT_BYTES = 1024 * 1024;

/** A file that was changed more recently than this may be changed again within the tick of its clock. */
const SETTLED_MS = 2000;

/**
 * Reads files of metrics, and parses them again only when they have changed: most are written every few minutes and scraped
 * every few seconds.
 */
export class TextfileReader {
  #kept = new Map<string, Kept>();
  #next = new Map<string, Kept>();
  #bytes = 0;

  /** @throws {Error} If the file cannot be read, or is not in order. */
  read(path: string, nowMs: number): Textfile {
    const kept = this.#kept.get(path);
    if (kept && kept.identity === identityOf(statSync(path))) {
      this.#keep(path, kept);
      return kept;
    }
    const { text, stats } = readTextFile(path, MAX_FILE_BYTES);
    const families = parseFamilies(text);
    const file = { families, mtimeSeconds: Math.floor(stats.mtimeMs / 1000) };
    const isSettled = nowMs - Math.max(stats.mtimeMs, stats.ctimeMs) > SETTLED_MS;
    if (isSettled) this.#keep(path, { ...file, identity: identityOf(stats), bytes: text.length });
    return file;
  }

  /** Ends a scrape: what it did not read is forgotten. */
  end(): void {
    this.#kept = this.#next;
    this.#next = new Map();
    this.#bytes = 0;
  }

  #keep(path: string, file: Kept): void {
    if (this.#bytes + file.bytes > KEPT_BYTES || this.#next.has(path)) return;
    this.#bytes += file.bytes;
    this.#next.set(path, file);
  }
}

/** Changes whenever the file does, and when another takes its place. */
function identityOf({ dev, ino, size, mtimeMs, ctimeMs }: Stats): string {
  return `${dev} ${ino} ${size} ${mtimeMs} ${ctimeMs}`;
}
