/** What of Bun we use here. Its type package clashes with Deno's. */
declare const Bun: undefined | { gc(synchronous: boolean): void };

/**
 * Gives back the memory of large values that are no longer used, a moment later, when the answer that they were for is out.
 *
 * On Bun the heap else grows to several times what a status of 5,000 peers takes, before it is looked through. It takes some
 * 20 ms. Elsewhere nothing is done.
 */
export function releaseMemorySoon(): void {
  if (typeof Bun === "undefined") return;
  const { gc } = Bun;
  setTimeout(() => gc(true), DELAY_MS).unref();
}

/** Longer than it takes to send an answer over loopback, shorter than any scrape interval. */
const DELAY_MS = 100;
