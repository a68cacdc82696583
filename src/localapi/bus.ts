import type { HttpResponse } from "../http/request.ts";
import type { Connection } from "../runtime/connection.ts";
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
  /** Nodes that come, change and go. Since tailscaled 1.98; older ones send a network map, where that is not refused. */
  peerChanges: 4096,
} as const;

/** Longest message that is read. Those of state and health have a few kilobytes, a network map any number. */
const MAX_LINE_BYTES = 1024 * 1024;

/**
 * Messages of an open bus, until the signal aborts or tailscaled ends it. Closes the connection.
 *
 * @throws What reading the body throws where it breaks off, and {@linkcode parseNotify}'s errors.
 */
export async function* readBus(
  body: HttpResponse["body"],
  connection: Connection,
  signal: AbortSignal | undefined,
): AsyncGenerator<Notify, void, undefined> {
  const splitter = new LineSplitter(MAX_LINE_BYTES);
  const stop = () => connection.close();
  signal?.addEventListener("abort", stop, { once: true });
  try {
    while (!signal?.aborted) {
      const { value: chunk, done } = await body.next();
      if (signal?.aborted || done) return;
      for (const line of splitter.push(chunk)) yield line === undefined ? SKIPPED_NOTIFY : parseNotify(line);
    }
  } catch (error) {
    if (!signal?.aborted) throw error;
  } finally {
    signal?.removeEventListener("abort", stop);
    stop();
  }
}
