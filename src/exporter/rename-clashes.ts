import type { Families } from "./gather.ts";
import { Metric } from "./metric.ts";

const TOTAL = "_total";

/**
 * Makes counters unknown whose name without `_total` is another family's, as Go's `go_memstats_alloc_bytes_total` is: in
 * OpenMetrics both would have one name.
 */
export function renameClashes(families: Families): void {
  for (const [name, { metric, samples }] of families) {
    const isClash = metric.type === "counter" && name.endsWith(TOTAL) && families.has(name.slice(0, -TOTAL.length));
    if (isClash) families.set(name, { metric: new Metric("unknown", name, metric.help), samples });
  }
}
