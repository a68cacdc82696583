import type { Metric } from "../../metric.ts";

/** Most families that are kept; more than any kernel's files have names. */
const LIMIT = 4096;

/** Families whose names come from a file, made once and not at each scrape. */
export class FamilyCache {
  readonly #families = new Map<string, Metric<never>>();
  readonly #make: (name: string) => Metric<never>;

  /** @param make Makes the family of a name that is new. */
  constructor(make: (name: string) => Metric<never>) {
    this.#make = make;
  }

  /** The family of a name. Throws a RangeError if the name makes no valid family. */
  get(name: string): Metric<never> {
    const present = this.#families.get(name);
    if (present) return present;
    const family = this.#make(name);
    if (this.#families.size < LIMIT) this.#families.set(name, family);
    return family;
  }
}
