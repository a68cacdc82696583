/** What of Bun we use here. Its type package clashes with Deno's. */
declare const Bun: undefined | { gc(synchronous: boolean): void };

/** Longer than it takes to send an answer over loopback, shorter than any scrape interval. */
const DELAY_MS = 100;
const INTERVAL_MS = 60_000;

let releasedMs = Number.NEGATIVE_INFINITY;

/**
 * Gives back the memory of values that are no longer used, a moment later, when the answer that they were for is out: at
 * once if they are large, else at most once a minute.
 *
 * Left alone, Bun's heap grows to several times what is in use before it is looked through whole. To do that takes some 20
 * ms. Elsewhere nothing is done.
 */
export function releaseMemorySoon(isLarge: boolean): void {
  if (typeof Bun === "undefined") return;
  const nowMs = performance.now();
  if (!isLarge && nowMs - releasedMs < INTERVAL_MS) return;
  releasedMs = nowMs;
  const { gc } = Bun;
  setTimeout(() => gc(true), DELAY_MS).unref();
}
