import type { Metric, Sample } from "./metric.ts";

/** Reads one subject for the exposition. It keeps no state, logs nothing, and knows nothing of other collectors. */
export interface Collector<Source> {
  /** Name in flags, `collect[]` and the success series. */
  readonly name: string;
  /** Families that it may return, for documentation. None when only its source knows them. */
  metrics(): readonly Metric[];
  /**
   * Samples of this scrape.
   *
   * @throws {NoData} If this host has nothing of the kind.
   * @throws {Incomplete} If some of it could not be read.
   */
  collect(source: Source): readonly Sample[] | Promise<readonly Sample[]>;
}

/** An error of a collector that has something to report nevertheless. */
export abstract class CollectorError extends Error {
  readonly samples: readonly Sample[];

  constructor(message: string, { samples = [], ...options }: ErrorOptions & { samples?: readonly Sample[] } = {}) {
    super(message, options);
    this.samples = samples;
  }
}

/** Nothing to report and nothing wrong: the host lacks the hardware, the kernel feature or the permission by design. */
export class NoData extends CollectorError {
  override readonly name = "NoData";
}

/** Some of it could not be read, which the samples tell: node_exporter takes such a run for a success. */
export class Incomplete extends CollectorError {
  override readonly name = "Incomplete";
}
