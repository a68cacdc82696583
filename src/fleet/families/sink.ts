import type { Labels, Metric, Sample } from "../../exporter/metric.ts";

/** Collects samples; a value that is not known makes none. */
export class Sink {
  readonly samples: Sample[] = [];

  add<Name extends string>(
    metric: Metric<Name>,
    labels: Labels<Name> | Readonly<Record<Name, string>>,
    value: number | boolean | undefined,
  ): void {
    if (value !== undefined) this.samples.push(metric.sample(Number(value), labels));
  }

  /** Adds a sample of which the label block is already rendered, with the label names of `metric`. */
  addRendered(metric: Metric, labels: string, value: number | boolean | undefined, suffix?: string): void {
    if (value === undefined) return;
    this.samples.push(
      suffix === undefined
        ? { metric, labels, value: Number(value) }
        : { metric, labels, value: Number(value), suffix },
    );
  }
}
