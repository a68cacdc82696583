import type { Readable } from "node:stream";

/** Chunks of a stream one at a time. Not its own iterator, which on one runtime or other misses the end of a broken one. */
export class ChunkQueue {
  readonly #stream: Readable;
  readonly #chunks: Uint8Array[] = [];
  #ended: boolean;
  #isWhole = false;
  #wake = () => {};

  constructor(stream: Readable) {
    this.#stream = stream;
    this.#ended = stream.destroyed;
    stream.on("data", (chunk: Uint8Array) => {
      stream.pause(); // so that a slow reader slows the sender down instead of filling memory
      this.#chunks.push(chunk);
      this.#wake();
    });
    stream.on("end", () => {
      this.#isWhole = !this.#ended && !stream.destroyed; // Bun ends what is destroyed
    });
    for (const event of ["end", "aborted", "error", "close"]) stream.on(event, () => this.end());
  }

  /** Whether the sender has ended it, and nobody broke it off. */
  get isWhole(): boolean {
    return this.#isWhole;
  }

  end(): void {
    this.#ended = true;
    this.#wake();
  }

  /** The next chunk, undefined when there is none left. */
  async next(): Promise<Uint8Array | undefined> {
    if (this.#chunks.length === 0 && !this.#ended) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#wake = resolve;
      this.#stream.resume();
      await promise;
    }
    return this.#chunks.shift();
  }
}
