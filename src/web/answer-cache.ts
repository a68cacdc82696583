/** Most answers that are kept. */
const MAX_ANSWERS = 4096;
/** Most questions at once; the others wait for their turn. */
const MAX_ASKED = 32;
/** How long a question waits for its turn at most, in seconds: behind others that fail, and behind others that are answered. */
const MAX_WAIT_SECONDS = { failing: 2, answered: 8 } as const;
/** How long a failure is believed, in seconds. */
const FAILURE_SECONDS = 1;
/** How long an answer that is too old to be believed still tells what to expect, in seconds. */
const HINT_SECONDS = 300;

interface Entry<Answer> {
  readonly answer: Promise<Answer>;
  /** Infinite until the answer is there. */
  expiresSeconds: number;
  /** The answer, when it is there. */
  settled?: { readonly value: Answer };
}

/** Answers by name for some seconds. The same question is asked once at a time, and not too many at once. */
export class AnswerCache<Answer> {
  readonly #now: () => number;
  readonly #entries = new Map<string, Entry<Answer>>();
  readonly #waiting: (() => void)[] = [];
  #asked = 0;
  /** How the last question ended. */
  #last: keyof typeof MAX_WAIT_SECONDS = "answered";

  /** @param now Monotonic time in seconds. */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** Number of answers that are kept. */
  get size(): number {
    return this.#entries.size;
  }

  /**
   * The answer under a name, not older than `seconds`. Rejects as `ask` does, and when too many others are asked first.
   *
   * @param ask Finds the answer; is told the one before, if there was one in the last minutes.
   */
  get(
    name: string,
    seconds: number,
    ask: (before: { readonly value: Answer } | undefined) => Promise<Answer>,
  ): Promise<Answer> {
    const present = this.#entries.get(name);
    const now = this.#now();
    if (present && present.expiresSeconds > now) return present.answer;
    const before = present && present.expiresSeconds + HINT_SECONDS > now ? present.settled : undefined;
    const entry: Entry<Answer> = {
      answer: this.#inTurn(() => ask(before)),
      expiresSeconds: Number.POSITIVE_INFINITY,
    };
    entry.answer.then(
      (value) => {
        entry.settled = { value };
        entry.expiresSeconds = this.#now() + seconds;
      },
      () => {
        entry.expiresSeconds = this.#now() + FAILURE_SECONDS;
      },
    );
    this.#entries.delete(name); // so that the order is that of use
    this.#entries.set(name, entry);
    if (this.#entries.size > MAX_ANSWERS) this.#entries.delete(this.#entries.keys().next().value!);
    return entry.answer;
  }

  async #inTurn(ask: () => Promise<Answer>): Promise<Answer> {
    if (this.#asked < MAX_ASKED) this.#asked++;
    else await this.#turn();
    try {
      const answer = await ask();
      this.#last = "answered";
      return answer;
    } catch (error) {
      this.#last = "failing";
      throw error;
    } finally {
      this.#next();
    }
  }

  /** Resolves when a question may be asked, in the place of one that has ended. */
  async #turn(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const since = this.#now();
    this.#waiting.push(resolve);
    await promise;
    const seconds = MAX_WAIT_SECONDS[this.#last];
    if (this.#now() - since <= seconds) return;
    this.#next();
    throw new Error(`no turn to ask in ${seconds} s`);
  }

  #next(): void {
    const next = this.#waiting.shift();
    if (next) next();
    else this.#asked--;
  }
}
