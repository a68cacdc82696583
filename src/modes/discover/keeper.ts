import { isDeepStrictEqual } from "node:util";
import { ControlError } from "../../control/errors.ts";
import type { Device, SourceName } from "../../discovery/device.ts";
import { ShrinkGuard } from "../../discovery/shrink-guard.ts";
import { TokenBucket } from "../../discovery/token-bucket.ts";
import { monotonicSeconds } from "../shared/clock.ts";
import { pause } from "../shared/pause.ts";
import type { DeviceSource } from "./source.ts";

/** What a keeper tells of each question to its source. */
export interface KeeperReport {
  /** Told after each question. */
  onPoll(keeper: SourceKeeper, hasChanged: boolean): void;
}

/** Hints that are obeyed at once; more of them wait, so that a source that floods costs no more than one that is polled. */
const HINT_BURST = 10;
/** Least time between two obeyed hints in the long run: in seconds, and in times of what a question takes. */
const HINT_SECONDS = 0.5;
const HINT_DURATIONS = 4;
/** Hints seldom come alone: one question answers all that come within this time, in seconds. */
const HINT_SETTLE_SECONDS = 0.05;
/** Time for a question with all that belongs to it, in seconds. */
const TIMEOUT_SECONDS = 60;

/** Asks one source again and again, and keeps its last good list. */
export class SourceKeeper {
  readonly #source: DeviceSource;
  readonly #guard: ShrinkGuard;
  readonly #report: KeeperReport;
  readonly #hints = new TokenBucket(HINT_BURST, 1 / HINT_SECONDS);
  readonly #ended = new AbortController();
  #devices: readonly Device[] | undefined;
  #heldBackIds: ReadonlySet<string> = new Set();
  #dropped = 0;
  #lastSuccessSeconds: number | undefined;
  #error: string | undefined;
  #isHinted = false;
  #failures = 0;
  /** Least time before the next question, hints or not, in seconds. */
  #pauseSeconds = 0;
  #wake = new AbortController();

  constructor(source: DeviceSource, options: { holdSeconds: number } & KeeperReport) {
    this.#source = source;
    this.#guard = new ShrinkGuard(options.holdSeconds);
    this.#report = options;
  }

  get name(): SourceName {
    return this.#source.name;
  }

  /** Whose devices its source lists. */
  get identity(): string {
    return this.#source.identity;
  }

  /** The last good list; undefined before the first. */
  get devices(): readonly Device[] | undefined {
    return this.#devices;
  }

  /** Ids of devices in the list that the source no longer lists. */
  get heldBackIds(): ReadonlySet<string> {
    return this.#heldBackIds;
  }

  /** How many devices were held back until the newest question, and are listed no longer. */
  get dropped(): number {
    return this.#dropped;
  }

  /** When the source last gave a list, in seconds of Unix time; of one from disk, when it was written. */
  get lastSuccessSeconds(): number | undefined {
    return this.#lastSuccessSeconds;
  }

  /** Why the newest question has failed; undefined when it has not. */
  get error(): string | undefined {
    return this.#error;
  }

  /** Takes a list from an earlier run. */
  restore(devices: readonly Device[], savedSeconds: number): void {
    this.#devices = devices;
    this.#lastSuccessSeconds = savedSeconds;
  }

  /** Asks until {@linkcode stop}. Resolves when it has ended. */
  async run(): Promise<void> {
    const { signal } = this.#ended;
    while (!signal.aborted) {
      this.#isHinted = false;
      const durationSeconds = await this.#poll(signal);
      this.#hints.setRate(1 / Math.max(HINT_SECONDS, durationSeconds * HINT_DURATIONS));
      if (!signal.aborted) await this.#rest(signal);
    }
  }

  /** Tells that it is worth asking now. */
  hint(): void {
    this.#isHinted = true;
    this.#wake.abort();
  }

  stop(): void {
    this.#ended.abort();
  }

  async #poll(signal: AbortSignal): Promise<number> {
    const startedSeconds = monotonicSeconds();
    let hasChanged = false;
    this.#dropped = 0;
    try {
      const timeout = AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_SECONDS * 1000)]);
      const served = this.#devices ?? [];
      const { devices, selfId, gone } = await this.#source.list(served, timeout);
      const admitted = this.#guard.admit(served, devices, {
        selfId,
        nowSeconds: monotonicSeconds(),
        ...(gone && { gone }),
      });
      const listed = admitted.devices.toSorted((a, b) => (a.id < b.id ? -1 : 1));
      hasChanged = this.#devices === undefined || !isDeepStrictEqual(listed, served);
      if (hasChanged) this.#devices = listed;
      this.#heldBackIds = admitted.heldBackIds;
      this.#dropped = admitted.dropped;
      this.#lastSuccessSeconds = Date.now() / 1000;
      this.#error = undefined;
      this.#failures = 0;
      this.#pauseSeconds = 0;
    } catch (error) {
      this.#guard.failed(monotonicSeconds());
      this.#error = error instanceof Error ? error.message : String(error);
      this.#failures++;
      this.#pauseSeconds = pauseAfter(error, this.#failures, this.#source.intervalSeconds);
    }
    const durationSeconds = monotonicSeconds() - startedSeconds;
    if (!signal.aborted) this.#report.onPoll(this, hasChanged);
    return durationSeconds;
  }

  /** Waits for the interval, or for a hint as far as those are obeyed. */
  async #rest(signal: AbortSignal): Promise<void> {
    const startSeconds = monotonicSeconds();
    const endSeconds = startSeconds + Math.max(this.#source.intervalSeconds, this.#pauseSeconds);
    await pause(this.#pauseSeconds, signal);
    while (!signal.aborted && monotonicSeconds() < endSeconds) {
      if (this.#isHinted) {
        const waitSeconds = this.#hints.waitSeconds(monotonicSeconds());
        if (waitSeconds === 0) {
          await pause(HINT_SETTLE_SECONDS, signal);
          return this.#hints.take(1);
        }
        await pause(Math.min(waitSeconds, endSeconds - monotonicSeconds()), signal);
        continue;
      }
      this.#wake = new AbortController();
      await pause(endSeconds - monotonicSeconds(), AbortSignal.any([signal, this.#wake.signal]));
    }
  }
}

/** Longest time by which a source that wants to be left alone is left alone, in seconds, unless it names one itself. */
const LONGEST_PAUSE_SECONDS = 600;

/** What a source is owed after a failure: the time that it names, or ever more when it is asked too often. */
function pauseAfter(error: unknown, failures: number, intervalSeconds: number): number {
  if (!(error instanceof ControlError)) return 0;
  if (error.retryAfterSeconds !== undefined) return error.retryAfterSeconds;
  if (error.failure !== "rate_limited") return 0;
  return Math.min(intervalSeconds * 2 ** Math.min(failures, 16), LONGEST_PAUSE_SECONDS);
}
