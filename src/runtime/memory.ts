/** What of Bun we use here. Its type package clashes with Deno's. */
declare const Bun: undefined | { gc(synchronous: boolean): void };

/** Longer than it takes to send an answer over loopback, shorter than any scrape interval. */
const DELAY_MS = 100;
const INTERVAL_MS = 60_000;
/** Small answers after which it is done before a minute is over. */
const MAX_ANSWERS = 100;

let releasedMs = Number.NEGATIVE_INFINITY;
let answers = 0;

/**
 * Gives back the memory of values that are no longer used, a moment later when the answer that they were for is out: at
 * once if they are large, else once a minute or after a hundred answers.
 *
 * Left alone, Bun's heap grows to several times what is in use before it is looked through whole. To do that takes some 20
 * ms. Elsewhere nothing is done.
 */
export function releaseMemorySoon(isLarge: boolean): void {
  if (typeof Bun === "undefined") return;
  const nowMs = performance.now();
  if (!isLarge && ++answers < MAX_ANSWERS && nowMs - releasedMs < INTERVAL_MS) return;
  releasedMs = nowMs;
  answers = 0;
  const { gc } = Bun;
  setTimeout(() => gc(true), DELAY_MS).unref();
}
