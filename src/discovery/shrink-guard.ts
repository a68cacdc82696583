import type { Device } from "./device.ts";

/** What a {@linkcode ShrinkGuard} makes of a list. */
export interface Admitted {
  readonly devices: readonly Device[];
  /** Ids of devices among them that the source no longer lists. */
  readonly heldBackIds: ReadonlySet<string>;
  /** How many were held back for long enough, and are so no longer. */
  readonly dropped: number;
}

/**
 * Keeps devices that vanish in large numbers at once for a while: it is more likely that the source is wrong than that
 * they are gone. A single one may always go, unless it was the last.
 */
export class ShrinkGuard {
  readonly #holdSeconds: number;
  /** How long the source has not listed those that are held back, by their ids. */
  #missingSeconds = new Map<string, number>();
  /** When the source gave its newest list; undefined after a failure, since when nobody knows whom it would list. */
  #listedSeconds: number | undefined;

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
    this.#pass(options.nowSeconds);
    this.#listedSeconds = options.nowSeconds;
    const ids = new Set(fresh.map(({ id }) => id));
    const before = served.filter(({ id }) => id !== options.selfId && !options.gone?.has(id));
    const missing = before.filter(({ id }) => !ids.has(id));
    const isMass = isSuspicious(missing.length, before.length);
    const suspects = missing.filter(({ id }) => isMass || this.#missingSeconds.has(id));
    const held = suspects.filter(({ id }) => (this.#missingSeconds.get(id) ?? 0) < this.#holdSeconds);
    this.#missingSeconds = new Map(held.map(({ id }) => [id, this.#missingSeconds.get(id) ?? 0]));
    return {
      devices: [...fresh, ...held],
      heldBackIds: new Set(this.#missingSeconds.keys()),
      dropped: suspects.length - held.length,
    };
  }

  /** Takes note that the source gave no list. */
  failed(nowSeconds: number): void {
    this.#pass(nowSeconds);
    this.#listedSeconds = undefined;
  }

  #pass(nowSeconds: number): void {
    const elapsedSeconds = nowSeconds - (this.#listedSeconds ?? nowSeconds);
    for (const [id, seconds] of this.#missingSeconds) this.#missingSeconds.set(id, seconds + elapsedSeconds);
  }
}

/** At least half of several, or all. */
function isSuspicious(missing: number, before: number): boolean {
  return missing > 0 && (missing === before || (missing >= 2 && missing * 2 >= before));
}
