import type { Log } from "../../log.ts";

/** What is held back, and how much was for long enough. */
export interface Hold {
  readonly heldBack: number;
  readonly dropped: number;
}

/** Tells in the log when something is held back, and how that ends: it has come back, or is dropped. */
export class HoldLog {
  readonly #log: Log;
  readonly #standing = new Set<string>();

  constructor(log: Log) {
    this.#log = log;
  }

  /**
   * @param subject Who has lost them.
   * @param what Name of what is held back, in the plural.
   */
  report(subject: string, what: string, { heldBack, dropped }: Hold): void {
    if (dropped > 0) {
      const text = `${what[0]!.toUpperCase()}${what.slice(1)} that vanished were dropped after --sd.shrink-guard`;
      this.#log.warn(text, { subject, [what]: dropped });
    } else if (heldBack > 0 && !this.#standing.has(subject)) {
      this.#log.warn(`Many ${what} vanished at once, and stay listed for --sd.shrink-guard`, { subject });
    } else if (heldBack === 0 && this.#standing.has(subject)) {
      this.#log.info("Works again", { subject });
    }
    if (heldBack > 0) this.#standing.add(subject);
    else this.#standing.delete(subject);
  }
}
