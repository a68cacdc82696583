import { ControlError } from "../../control/errors.ts";

/**
 * Keeps a list that was full and is empty now from being believed for a while: a control plane that restarts says so too,
 * and a failure is followed by a question that is much sooner than the next regular one.
 */
export class EmptyGuard {
  readonly #holdSeconds: number;
  #wasFull = false;
  #sinceSeconds: number | undefined;

  constructor(holdSeconds: number) {
    this.#holdSeconds = holdSeconds;
  }

  /**
   * Returns when a list of so many entries is to be believed.
   *
   * @param nowSeconds Of a clock that does not jump.
   * @throws {ControlError} If it is to be doubted.
   */
  admit(length: number, nowSeconds: number): void {
    if (length === 0 && this.#wasFull) {
      this.#sinceSeconds ??= nowSeconds;
      if (nowSeconds - this.#sinceSeconds < this.#holdSeconds) {
        throw new ControlError("doubtful", "the devices", "the list is empty and was not a moment ago");
      }
    }
    this.#wasFull = length > 0;
    this.#sinceSeconds = undefined;
  }
}
