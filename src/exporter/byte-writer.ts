import { Buffer } from "node:buffer";

/** The most bytes that one UTF-16 unit of a text takes in UTF-8. */
const BYTES_PER_UNIT = 3;

/** Pieces that are put together before they become bytes: few enough to stay in the processor's cache. */
const PIECES_AT_ONCE = 512;

/** Text as UTF-8 in a buffer that grows: half the time of one long text that is encoded at its end. */
export class ByteWriter {
  #buffer: Buffer;
  #length = 0;
  #text = "";
  #pieces = 0;

  /** @param expectedBytes About how much will be written; what is not written costs no memory. */
  constructor(expectedBytes: number) {
    this.#buffer = Buffer.allocUnsafeSlow(expectedBytes);
  }

  write(piece: string): void {
    this.#text += piece;
    if (++this.#pieces % PIECES_AT_ONCE === 0) this.#encode();
  }

  /** All that was written. */
  get bytes(): Uint8Array<ArrayBuffer> {
    this.#encode();
    return this.#buffer.subarray(0, this.#length) as Uint8Array<ArrayBuffer>;
  }

  #encode(): void {
    const needed = this.#length + this.#text.length * BYTES_PER_UNIT;
    if (needed > this.#buffer.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(needed, this.#buffer.length * 2));
      this.#buffer.copy(larger, 0, 0, this.#length);
      this.#buffer = larger;
    }
    this.#length += this.#buffer.write(this.#text, this.#length, "utf8");
    this.#text = "";
  }
}
