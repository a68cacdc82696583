import { Buffer } from "node:buffer";

/** The most bytes that one UTF-16 unit of a text takes in UTF-8. */
const BYTES_PER_UNIT = 3;

/** Lines that are joined before they become bytes: few enough to stay in the processor's cache. */
const LINES_AT_ONCE = 512;

/** Lines as UTF-8 in a buffer that grows: half the time of one long text that is encoded at its end. */
export class ByteWriter {
  #buffer: Buffer;
  #length = 0;
  /** One more than are joined at once: the last stays empty, for the line feed before it. */
  readonly #lines = new Array<string>(LINES_AT_ONCE + 1).fill("");
  #count = 0;

  /** @param expectedBytes About how much will be written; what is not written costs no memory. */
  constructor(expectedBytes: number) {
    this.#buffer = Buffer.allocUnsafeSlow(expectedBytes);
  }

  /** Writes a line, whose line feed is added. */
  writeLine(line: string): void {
    this.#lines[this.#count++] = line;
    if (this.#count === LINES_AT_ONCE) this.#encode(this.#lines);
  }

  /** All that was written. */
  get bytes(): Uint8Array<ArrayBuffer> {
    if (this.#count > 0) this.#encode([...this.#lines.slice(0, this.#count), ""]);
    return this.#buffer.subarray(0, this.#length) as Uint8Array<ArrayBuffer>;
  }

  #encode(lines: readonly string[]): void {
    const text = lines.join("\n");
    const needed = this.#length + text.length * BYTES_PER_UNIT;
    if (needed > this.#buffer.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(needed, this.#buffer.length * 2));
      this.#buffer.copy(larger, 0, 0, this.#length);
      this.#buffer = larger;
    }
    this.#length += this.#buffer.write(text, this.#length, "utf8");
    this.#count = 0;
  }
}
