import { Buffer } from "node:buffer";
import { closeSync, fstatSync, openSync, readSync, statfsSync } from "node:fs";

/** `f_type` of procfs and of sysfs (statfs(2)). */
const PROCFS = 0x9fa0;
const SYSFS = 0x6265_6572;

/** An attribute of sysfs fits a page of memory and comes in one read. */
const SYSFS_BYTES = 4096;
const CHUNK_BYTES = 64 * 1024;

/** A file that stays open from scrape to scrape. */
interface OpenFile {
  readonly fd: number;
  /** Type of its file system. */
  readonly type: number;
  /** By the monotonic clock. */
  readMs: number;
}

/** A file of one of many processes, which may be gone at the next scrape. */
const OF_A_PROCESS = /\/\d+\/(?:stat|task\/.*)$/;

/** Above the longest usual scrape interval. */
const IDLE_MS = 5 * 60_000;

/** What a reader may hold and read at most. */
export interface Limits {
  readonly openFiles: number;
  readonly fileBytes: number;
}

/**
 * Reads files under procfs, sysfs and their like.
 *
 * Those of the kernel stay open, since to look a path up costs up to eight times what reading does: reading one from its start
 * asks the kernel anew. Other files, which may be replaced, are opened each time. When as many as may be are open, a new one
 * stays open in place of one that nobody reads any more, or else does not: in a round of too many files none would stay
 * open long enough to be read again.
 */
export class FileReader {
  readonly #limits: Limits;
  readonly #nowMs: () => number;
  readonly #open = new Map<string, OpenFile>();
  readonly #types = new Map<number, number>();
  /** Folder of sysfs with the file that was opened last. A file is rarely alone in being read, and no disk is mounted on one. */
  #folder: string | undefined;
  #buffer = Buffer.allocUnsafeSlow(CHUNK_BYTES);

  /** @param nowMs A clock that never goes back. */
  constructor(limits: Limits, nowMs = () => performance.now()) {
    this.#limits = limits;
    this.#nowMs = nowMs;
  }

  /** Number of files that are open now. */
  get openFiles(): number {
    return this.#open.size;
  }

  /** Whether a file is open, which spares the look whether it exists. */
  has(path: string): boolean {
    return this.#open.has(path);
  }

  /** Text of a file. Throws the system's error, which has a `code`. */
  read(path: string): string {
    const known = this.#open.get(path);
    if (known !== undefined) {
      try {
        const text = this.#readAll(known);
        this.#open.delete(path);
        this.#open.set(path, known); // to the end, so that the first is the one not read for longest
        return text;
      } catch (error) {
        if (isRefusal(error)) throw error;
        this.#close(path, known); // its device or process has gone; there may be a new one of that name
      }
    }
    return this.#readAnew(path);
  }

  #readAnew(path: string): string {
    const fd = openSync(path, "r");
    let isKept = false;
    try {
      const file = { fd, type: this.#typeOf(fd, path), readMs: this.#nowMs() };
      const isLasting = file.type === SYSFS || (file.type === PROCFS && !OF_A_PROCESS.test(path));
      isKept = isLasting && this.#hasRoom(file.readMs);
      if (isKept) this.#open.set(path, file);
      return this.#readAll(file);
    } catch (error) {
      if (!isRefusal(error)) isKept = false;
      throw error;
    } finally {
      if (!isKept) {
        this.#open.delete(path);
        closeSync(fd);
      }
    }
  }

  #hasRoom(nowMs: number): boolean {
    if (this.#open.size < this.#limits.openFiles) return true;
    for (const [path, file] of this.#open) {
      if (nowMs - file.readMs < IDLE_MS) return false;
      this.#close(path, file);
      return true;
    }
    return false;
  }

  #close(path: string, { fd }: OpenFile): void {
    this.#open.delete(path);
    closeSync(fd);
  }

  /** Type of the file system that an open file is on, asked once for each. */
  #typeOf(fd: number, path: string): number {
    const folder = path.slice(0, path.lastIndexOf("/"));
    if (folder === this.#folder) return SYSFS;
    const { dev } = fstatSync(fd);
    const type = this.#types.get(dev) ?? Number(statfsSync(path).type);
    this.#types.set(dev, type);
    if (type === SYSFS) this.#folder = folder;
    return type;
  }

  #readAll(file: OpenFile): string {
    const { fd, type } = file;
    file.readMs = this.#nowMs();
    let length = 0;
    for (;;) {
      const count = readSync(fd, this.#buffer, length, this.#buffer.length - length, length);
      length += count;
      // The kernel gives a long file of procfs in pieces, whatever the buffer holds.
      if (count === 0 || (type === SYSFS && count < SYSFS_BYTES)) return this.#buffer.toString("utf8", 0, length);
      if (length === this.#buffer.length) this.#grow();
    }
  }

  #grow(): void {
    const { length } = this.#buffer;
    if (length >= this.#limits.fileBytes) throw Object.assign(new Error("file too large"), { code: "EFBIG" });
    const larger = Buffer.allocUnsafeSlow(length * 2);
    this.#buffer.copy(larger);
    this.#buffer = larger;
  }
}

/** Whether the kernel has the file but no answer now, as a network device without link has no speed. */
function isRefusal(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === "EINVAL";
}
