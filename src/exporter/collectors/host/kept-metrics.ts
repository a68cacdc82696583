import type { Metric } from "../../metric.ts";

/** The family of a key, made by `make` when it is asked for the first time. */
export type KeptMetrics<Kept> = (key: string, make: () => Kept) => Kept;

/** Families that a collector is expected to have, with a wide margin. */
const LIMIT = 2000;

/**
 * Keeps families whose names come from the host's files, so that a scrape need not make them anew. It forgets them all
 * at its limit, because what the files say is no bound.
 */
export function keptMetrics<Kept = Metric>(limit = LIMIT): KeptMetrics<Kept> {
  const kept = new Map<string, Kept>();
  return (key, make) => {
    const present = kept.get(key);
    if (present !== undefined) return present;
    if (kept.size >= limit) kept.clear();
    const made = make();
    kept.set(key, made);
    return made;
  };
}
