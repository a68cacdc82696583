/** Grants so many at once, and so many a second in the long run. Times in seconds of one clock that does not jump. */
export class TokenBucket {
  readonly #burst: number;
  #perSecond: number;
  #tokens: number;
  #atSeconds = Number.NEGATIVE_INFINITY;

  constructor(burst: number, perSecond: number) {
    this.#burst = burst;
    this.#perSecond = perSecond;
    this.#tokens = burst;
  }

  /** Goes on at another rate. */
  setRate(perSecond: number): void {
    this.#perSecond = perSecond;
  }

  /** Whole grants that may be taken now. */
  available(nowSeconds: number): number {
    const elapsedSeconds = Math.max(nowSeconds - this.#atSeconds, 0);
    this.#tokens = Math.min(this.#burst, this.#tokens + elapsedSeconds * this.#perSecond);
    this.#atSeconds = Math.max(nowSeconds, this.#atSeconds);
    return Math.floor(this.#tokens);
  }

  /** Takes grants that are available. */
  take(count: number): void {
    this.#tokens -= count;
  }

  /** Seconds until one is available. */
  waitSeconds(nowSeconds: number): number {
    return this.available(nowSeconds) >= 1 ? 0 : (1 - this.#tokens) / this.#perSecond;
  }
}
