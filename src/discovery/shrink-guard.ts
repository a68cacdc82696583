import type { Device } from "./device.ts";

/** What a {@linkcode ShrinkGuard} makes of a list. */
export interface Admitted {
  readonly devices: readonly Device[];
  /** Ids of devices among them that the source no longer lists. */
  readonly heldBackIds: ReadonlySet<string>;
}

/**
 * Keeps devices that vanish in large numbers at once for a while: it is more likely that the source is wrong than that
 * they are gone. A single one may always go, unless it was the last.
 */
export class ShrinkGuard {
  readonly #holdSeconds: number;
  #sinceSeconds: number | undefined;

  constructor(holdSeconds: number) {
    this.#holdSeconds = holdSeconds;
  }

  /**
   * The list to serve when `fresh` follows `served`. New devices are in it in any case.
   *
   * @param options.selfId The node that asks, which lists itself whatever is wrong, and so proves nothing.
   * @param options.gone Ids of devices that the source says to be deleted.
   * @param options.nowSeconds Of a clock that does not jump.
   */
  admit(
    served: readonly Device[],
    fresh: readonly Device[],
    options: { selfId?: string | undefined; gone?: ReadonlySet<string>; nowSeconds: number },
  ): Admitted {
    const ids = new Set(fresh.map(({ id }) => id));
    const before = served.filter(({ id }) => id !== options.selfId && !options.gone?.has(id));
    const missing = before.filter(({ id }) => !ids.has(id));
    if (!isSuspicious(missing.length, before.length)) {
      this.#sinceSeconds = undefined;
      return { devices: fresh, heldBackIds: new Set() };
    }
    this.#sinceSeconds ??= options.nowSeconds;
    if (options.nowSeconds - this.#sinceSeconds >= this.#holdSeconds) {
      this.#sinceSeconds = undefined;
      return { devices: fresh, heldBackIds: new Set() };
    }
    return { devices: [...fresh, ...missing], heldBackIds: new Set(missing.map(({ id }) => id)) };
  }
}

/** At least half of several, or all. */
function isSuspicious(missing: number, before: number): boolean {
  return missing > 0 && (missing === before || (missing >= 2 && missing * 2 >= before));
}
