/** How long work goes on while others wait, in milliseconds. */
const LENGTH_MS = 4;

/** A turn in work on thousands of entries, of which a scrape may be waiting: when it is over, others have theirs. */
export class Turn {
  #startedMs = performance.now();

  /** Whether it has been long enough. */
  get isOver(): boolean {
    return performance.now() - this.#startedMs >= LENGTH_MS;
  }

  /** Resolves when what waits has run, and the next turn begins. */
  async pass(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, 0));
    this.#startedMs = performance.now();
  }
}
