import type { Pattern } from "../../../config/regexp.ts";

/** Whether a collector reports what bears this name. */
export type NameFilter = (name: string) => boolean;

/** A pair of settings of which at most one is in force. */
export interface FilterSettings {
  /** Their common name, such as `collector.diskstats.device`: the flags add `-exclude` and `-include`. */
  readonly flag: string;
  readonly exclude: Pattern | undefined;
  readonly include: Pattern | undefined;
  /** Default of `exclude`, which gives way to an `include`; the empty string when there is none. */
  readonly initialExclude: string;
}

/**
 * The filter that a pair of exclude and include settings makes.
 *
 * @throws {RangeError} If both are set.
 */
export function nameFilter({ flag, exclude, include, initialExclude }: FilterSettings): NameFilter {
  if (include) {
    if (exclude && exclude.source !== initialExclude) {
      throw new RangeError(`Cannot use --${flag}-exclude with --${flag}-include: they are mutually exclusive`);
    }
    return (name) => include.test(name);
  }
  return exclude ? (name) => !exclude.test(name) : () => true;
}
