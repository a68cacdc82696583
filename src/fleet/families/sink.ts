import type { Labels, Metric } from "../../exporter/metric.ts";
import type { TextWriter } from "../text-writer.ts";

/** Takes series; a value that is not known makes none, and neither does a family that is left out. */
export class Sink {
  /** Families that were left out. */
  readonly excluded = new Set<string>();
  readonly #writer: TextWriter;
  readonly #isExcluded: (name: string) => boolean;
  readonly #known = new Map<string, boolean>();

  constructor(writer: TextWriter, isExcluded: (name: string) => boolean) {
    this.#writer = writer;
    this.#isExcluded = isExcluded;
  }

  add<Name extends string>(
    metric: Metric<Name>,
    labels: Labels<Name> | Readonly<Record<Name, string>>,
    value: number | boolean | undefined,
  ): void {
    if (value !== undefined)
      this.addRendered(metric, typeof labels === "string" ? labels : metric.labels(labels), value);
  }

  /** Adds a series of which the label block is already rendered, with the label names of `metric`. */
  addRendered(metric: Metric, labels: string, value: number | boolean | undefined, suffix?: string): void {
    if (value === undefined || this.#leavesOut(metric.name)) return;
    this.#writer.add(metric, labels, Number(value), suffix);
  }

  #leavesOut(name: string): boolean {
    let excluded = this.#known.get(name);
    if (excluded === undefined) {
      excluded = this.#isExcluded(name);
      this.#known.set(name, excluded);
      if (excluded) this.excluded.add(name);
    }
    return excluded;
  }
}
