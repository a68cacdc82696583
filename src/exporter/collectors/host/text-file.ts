import { Buffer } from "node:buffer";
import { closeSync, constants, fstatSync, openSync, readSync, type Stats } from "node:fs";

/** A file as it was when it was read. */
export interface TextFile {
  readonly text: string;
  /** What the system says of it after the reading. */
  readonly stats: Stats;
}

/**
 * A file of at most so many bytes, read to its end through one descriptor: one that takes its place meanwhile is not seen.
 *
 * @throws {Error} If it cannot be read, is no regular file, is too large, or is not UTF-8 but for comments.
 */
export function readTextFile(path: string, maxBytes: number): TextFile {
  // A named pipe would else wait for its writer.
  const descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const { size } = statOf(descriptor);
    if (size > maxBytes) throw new Error(`has ${size} bytes, more than ${maxBytes}`);
    const bytes = readToEnd(descriptor, size, maxBytes);
    return { text: decoded(bytes), stats: fstatSync(descriptor) };
  } finally {
    closeSync(descriptor);
  }
}

/** As UTF-8. In lines that begin with `#`, which no value hangs on, other bytes become U+FFFD. */
function decoded(bytes: Uint8Array): string {
  try {
    return strictly(bytes);
  } catch {
    const lines = Buffer.from(bytes).toString("latin1").split("\n");
    return lines
      .map((line) => {
        const own = Buffer.from(line, "latin1");
        return line.startsWith("#") ? own.toString("utf8") : strictly(own);
      })
      .join("\n");
  }
}

function strictly(bytes: Uint8Array): string {
  return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
}

function statOf(descriptor: number) {
  const stats = fstatSync(descriptor);
  if (!stats.isFile()) throw new Error("is not a regular file");
  return stats;
}

/** The file may grow or shrink while it is read. */
function readToEnd(descriptor: number, size: number, maxBytes: number): Uint8Array {
  let buffer = new Uint8Array(size + 1);
  let length = 0;
  for (;;) {
    const count = readSync(descriptor, buffer, length, buffer.length - length, null);
    if (count === 0) return buffer.subarray(0, length);
    length += count;
    if (length > maxBytes) throw new Error(`has more than ${maxBytes} bytes`);
    if (length === buffer.length) {
      const larger = new Uint8Array(2 * buffer.length);
      larger.set(buffer);
      buffer = larger;
    }
  }
}
