import type { IncomingMessage } from "node:http";
import { LineSplitter } from "./lines.ts";
import { type Notify, parseNotify, SKIPPED_NOTIFY } from "./notify.ts";

/** Bits of what the IPN bus is asked to send. Source: ipn/backend.go, NotifyWatchOpt. */
export const NOTIFY = {
  /** A first message with the state. Without it the first message comes with the first change. */
  initialState: 2,
  /** All health warnings in the first message; only together with {@linkcode NOTIFY.initialState}. */
  initialHealthState: 128,
  /** No network maps, which may have megabytes. Since tailscaled 1.100; older ones ignore it. */
  noNetMap: 8192,
} as const;

/** Longest message that is read. Those of state and health have a few kilobytes, a network map any number. */
const MAX_LINE_BYTES = 1024 * 1024;

/**
 * Messages of an open bus, until the signal aborts or tailscaled ends it.
 *
 * @throws Whatever `cut()` makes of a connection that breaks, and {@linkcode parseNotify}'s errors.
 */
export async function* readBus(
  message: IncomingMessage,
  signal: AbortSignal | undefined,
  cut: () => Error,
): AsyncGenerator<Notify, void, undefined> {
  const splitter = new LineSplitter(MAX_LINE_BYTES);
  const chunks = new ChunkQueue(message);
  const stop = () => chunks.end();
  signal?.addEventListener("abort", stop, { once: true });
  try {
    while (!signal?.aborted) {
      const chunk = await chunks.next();
      if (signal?.aborted) return;
      if (chunk === undefined && message.complete) return;
      if (chunk === undefined) throw cut();
      for (const line of splitter.push(chunk)) yield line === undefined ? SKIPPED_NOTIFY : parseNotify(line);
    }
  } finally {
    signal?.removeEventListener("abort", stop);
    message.destroy();
  }
}

/** Chunks of a message one at a time. Not its own iterator, which on one runtime or other misses the end of a broken one. */
class ChunkQueue {
  readonly #message: IncomingMessage;
  readonly #chunks: Uint8Array[] = [];
  #ended: boolean;
  #wake = () => {};

  constructor(message: IncomingMessage) {
    this.#message = message;
    this.#ended = message.destroyed;
    message.on("data", (chunk: Uint8Array) => {
      message.pause(); // so that a slow reader slows tailscaled down instead of filling memory
      this.#chunks.push(chunk);
      this.#wake();
    });
    for (const event of ["end", "aborted", "error", "close"]) message.on(event, () => this.end());
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
      this.#message.resume();
      await promise;
    }
    return this.#chunks.shift();
  }
}
