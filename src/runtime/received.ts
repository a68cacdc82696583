/** Bytes that wait for their reader before the sender is made to wait too. */
const BUFFER_BYTES = 256 * 1024;

/** Stops and starts what comes over a connection. */
interface Flow {
  pause(): unknown;
  resume(): unknown;
}

/** What has come over a connection and not been read yet. */
export class Received {
  readonly #socket: Flow;
  readonly #chunks: Uint8Array[] = [];
  #bytes = 0;
  #isPaused = false;
  #end: { readonly error: Error | undefined } | undefined;
  #wake = () => {};

  constructor(socket: Flow) {
    this.#socket = socket;
  }

  add(chunk: Uint8Array): void {
    if (this.#end) return;
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    if (this.#bytes >= BUFFER_BYTES && !this.#isPaused) {
      this.#isPaused = true;
      this.#socket.pause();
    }
    this.#wake();
  }

  /** Nothing more will come, for this reason if it should have; the first counts. */
  end(error?: Error): void {
    this.#end ??= { error };
    this.#wake();
  }

  /** The next chunk, undefined after the last. Rejects with the reason if there should be more. */
  async next(): Promise<Uint8Array | undefined> {
    if (this.#chunks.length === 0 && !this.#end) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#wake = resolve;
      if (this.#isPaused) this.#socket.resume();
      this.#isPaused = false;
      await promise;
    }
    const chunk = this.#chunks.shift();
    if (chunk === undefined && this.#end?.error) throw this.#end.error;
    this.#bytes -= chunk?.length ?? 0;
    return chunk;
  }
}
