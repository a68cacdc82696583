import type { Metric, Sample } from "./metric.ts";

/** Reads one subject for the exposition. It keeps no state, logs nothing, and knows nothing of other collectors. */
export interface Collector<Source> {
  /** Name in flags, `collect[]` and the success series. */
  readonly name: string;
  /** Families that it may return. Empty when only its source knows them. */
  readonly metrics: readonly Metric[];
  /**
   * Samples of this scrape.
   *
   * @throws {NoData} If this host has nothing of the kind.
   */
  collect(source: Source): readonly Sample[] | Promise<readonly Sample[]>;
}

/** Nothing to report and nothing wrong: the host lacks the hardware, the kernel feature or the permission by design. */
export class NoData extends Error {
  override readonly name = "NoData";
}
