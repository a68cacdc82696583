import process from "node:process";
import { unmapCode } from "./code-pages.ts";

/** What of Bun we use here. Its type package clashes with Deno's. */
declare const Bun:
  | undefined
  | {
      gc(synchronous: boolean): void;
      /** New in Bun, and not of its stable interface. */
      readonly unsafe: { readonly setJITPolicy?: (scale: number) => void };
    };
interface BunJsc {
  /** Looks through what is new in the heap, in 1 to 2 ms. */
  edenGC(): void;
}

/** Many scrapes without a pause share one, and it comes before the next one of a usual interval. */
const DELAY_MS = 500;
/** As usual: what the binary puts off for the start (scripts/build-targets.ts) pays once that is over. */
const JIT_SCALE = 1;
/** Answers after which the whole heap is looked through, and not only what is new in it. */
const MAX_ANSWERS = 100;

let answers = 0;
let isWholeDue = false;
let isPending = false;

/**
 * Gives back the memory that an answer took, a moment later when it is out. Call it with every answer, and with true where
 * much became garbage.
 *
 * Left alone, Bun's heap grows to several times what is in use, and all code of the runtime that ever ran, at the start above
 * all, stays in memory: 72 MB where 35 are enough between two scrapes. To give it back costs 4 ms, half of them in the next
 * scrape; to look through the whole heap 20 ms. Elsewhere nothing is done.
 */
export function releaseMemorySoon(isMuch = false): void {
  if (typeof Bun === "undefined") return;
  answers++;
  isWholeDue ||= isMuch || answers >= MAX_ANSWERS;
  if (isPending) return;
  isPending = true;
  setTimeout(release, DELAY_MS).unref();
}

function release(): void {
  isPending = false;
  Bun!.unsafe.setJITPolicy?.(JIT_SCALE);
  if (isWholeDue) {
    Bun!.gc(true);
    answers = 0;
    isWholeDue = false;
  } else {
    (process.getBuiltinModule("bun:jsc") as unknown as BunJsc).edenGC();
  }
  unmapCode();
}
