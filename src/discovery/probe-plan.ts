import { TokenBucket } from "./token-bucket.ts";

/** How often agents are asked, and how many at once. Times in seconds. */
export interface ProbeBudget {
  /** Between two questions to a known agent. */
  readonly intervalSeconds: number;
  /** Questions a second. As many may be asked at once after a rest. */
  readonly perSecond: number;
  /** Questions a second to known agents in the long run. With many of them the interval gets longer. */
  readonly steadyPerSecond: number;
  /** Questions without an answer yet. */
  readonly concurrency: number;
}

/** A device that may have an agent. */
export interface Candidate {
  readonly id: string;
  /** Absent when not known; one that is known to be offline is not asked. */
  readonly online?: boolean | undefined;
}

interface Entry {
  dueSeconds: number;
  /** Before the next question to one that never answered. */
  backoffSeconds: number;
  isKnown: boolean;
  isNew: boolean;
  isAsked: boolean;
  isOffline: boolean;
  /** Whether a question to it has ended, or none is to be asked. */
  isSettled: boolean;
}

/** Waits before a device is asked again: of one that has just come, of the others, and the longest. */
const BACKOFF_SECONDS = { newcomer: 1, other: 60, longest: 3600 };

/**
 * Whom to ask next. Those that have just come or come back are first, then known agents, then those that never answered,
 * at ever longer intervals. All times are of one clock that does not jump, in seconds.
 */
export class ProbePlan {
  readonly #budget: ProbeBudget;
  readonly #entries = new Map<string, Entry>();
  readonly #questions: TokenBucket;
  #asked = 0;
  #known = 0;
  #isFirstList = true;

  constructor(budget: ProbeBudget) {
    this.#budget = budget;
    this.#questions = new TokenBucket(budget.perSecond, budget.perSecond);
  }

  /** Whether every device that was ever listed has been asked once, or need not be. */
  get isSettled(): boolean {
    for (const { isSettled, isOffline } of this.#entries.values()) if (!isSettled && !isOffline) return false;
    return true;
  }

  /** Takes over the list of devices. Agents known from before are given by their ids. */
  setCandidates(candidates: readonly Candidate[], knownIds: ReadonlyMap<string, unknown>, nowSeconds: number): void {
    const listed = new Set(candidates.map(({ id }) => id));
    for (const id of this.#entries.keys()) if (!listed.has(id)) this.#entries.delete(id);
    const backoffSeconds = this.#isFirstList ? BACKOFF_SECONDS.other : BACKOFF_SECONDS.newcomer;
    for (const { id, online } of candidates) {
      const entry = this.#entries.get(id);
      const isOffline = online === false;
      if (entry === undefined) {
        const isKnown = knownIds.has(id);
        const state = { isKnown, isNew: !this.#isFirstList, isAsked: false, isOffline, isSettled: isKnown };
        this.#entries.set(id, { dueSeconds: nowSeconds, backoffSeconds, ...state });
        continue;
      }
      if (entry.isOffline && !isOffline) {
        entry.isNew = true;
        entry.dueSeconds = nowSeconds;
        entry.backoffSeconds = BACKOFF_SECONDS.newcomer;
      }
      entry.isOffline = isOffline;
    }
    this.#isFirstList = false;
    this.#known = [...this.#entries.values()].filter(({ isKnown }) => isKnown).length;
  }

  /** Whether a device has just come or come back, so that the way to it may not be there yet. */
  isNew(id: string): boolean {
    return this.#entries.get(id)?.isNew ?? false;
  }

  /** Whom to ask now. Each is to be followed by {@linkcode ended}. */
  take(nowSeconds: number): string[] {
    const room = Math.min(this.#questions.available(nowSeconds), this.#budget.concurrency - this.#asked);
    if (room <= 0) return [];
    const due: [string, Entry][] = [];
    for (const pair of this.#entries) if (isDue(pair[1], nowSeconds)) due.push(pair);
    due.sort(([, a], [, b]) => rank(a) - rank(b) || a.dueSeconds - b.dueSeconds);
    const taken = due.slice(0, room);
    for (const [, entry] of taken) entry.isAsked = true;
    this.#questions.take(taken.length);
    this.#asked += taken.length;
    return taken.map(([id]) => id);
  }

  /** Takes note of how a question ended. */
  ended(id: string, isAgent: boolean, nowSeconds: number): void {
    this.#asked--;
    const entry = this.#entries.get(id);
    if (entry === undefined) return;
    entry.isAsked = false;
    entry.isSettled = true;
    if (isAgent && !entry.isKnown) this.#known++;
    entry.isKnown ||= isAgent;
    if (isAgent || entry.backoffSeconds >= BACKOFF_SECONDS.other) entry.isNew = false;
    if (entry.isKnown) {
      const { intervalSeconds, steadyPerSecond } = this.#budget;
      entry.dueSeconds = nowSeconds + Math.max(intervalSeconds, this.#known / steadyPerSecond);
      return;
    }
    entry.dueSeconds = nowSeconds + entry.backoffSeconds;
    entry.backoffSeconds = Math.min(entry.backoffSeconds * 2, BACKOFF_SECONDS.longest);
  }

  /** Seconds until someone may be asked; undefined when nobody is to be asked, or not before a question has ended. */
  waitSeconds(nowSeconds: number): number | undefined {
    if (this.#asked >= this.#budget.concurrency) return undefined;
    let earliest: number | undefined;
    for (const entry of this.#entries.values()) {
      if (!entry.isAsked && !entry.isOffline) earliest = Math.min(earliest ?? Infinity, entry.dueSeconds);
    }
    if (earliest === undefined) return undefined;
    return Math.max(earliest - nowSeconds, this.#questions.waitSeconds(nowSeconds));
  }
}

function isDue({ isAsked, isOffline, dueSeconds }: Entry, nowSeconds: number): boolean {
  return !isAsked && !isOffline && dueSeconds <= nowSeconds;
}

function rank({ isNew, isKnown }: Entry): number {
  return isNew ? 0 : isKnown ? 1 : 2;
}
