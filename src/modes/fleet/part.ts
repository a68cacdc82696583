import { ControlError } from "../../control/errors.ts";
import type { PartState } from "../../fleet/snapshot.ts";
import { LocalApiError } from "../../localapi/errors.ts";
import { pause } from "../shared/pause.ts";

/** A part of a snapshot: how it is asked for, and how often. */
export interface PartOptions<Value> {
  readonly name: string;
  /** Between the starts of two refreshes, in seconds. */
  readonly intervalSeconds: number;
  /** Time of a refresh, in seconds. */
  readonly deadlineSeconds: number;
  ask(signal: AbortSignal): Promise<Answer<Value>>;
  /** Told of every refresh that has ended. */
  onChange(state: PartState): void;
  /** Whether it can be done without, so that a tailscaled that is not there is no failure. */
  readonly isOptional?: boolean;
  /** Whether nothing is known without it, so that a refusal is a failure like any other and is tried again soon. */
  readonly isRequired?: boolean;
}

/** A value and how many of its entries could not be read. */
export interface Answer<Value> {
  readonly value: Value;
  readonly rejected?: number;
}

/** How far a wait may be from its length, so that many processes do not ask in step. */
const JITTER = 0.1;
/** The first wait after a failure, in seconds, doubled with each. */
const FIRST_BACKOFF_SECONDS = 2;
/** The longest, in seconds, unless the interval itself is longer. */
const LAST_BACKOFF_SECONDS = 300;
/** How often a part is tried that the control plane does not have, in seconds. */
const UNSUPPORTED_SECONDS = 3600;

/** Time until the next refresh. */
interface Wait {
  readonly seconds: number;
  /** Whether the server asked for it, so that it may not be shorter. */
  readonly isAsked?: boolean;
}

/** Seconds of a wait, as far from its length as chance has it. */
function jittered({ seconds, isAsked = false }: Wait): number {
  const chance = isAsked ? Math.random() : 2 * Math.random() - 1;
  return seconds * (1 + JITTER * chance);
}

/** A part that is kept fresh. Its last good value stays whatever happens. */
export class Part<Value> {
  readonly name: string;
  readonly #options: PartOptions<Value>;
  readonly #ended = new AbortController();
  readonly #first = Promise.withResolvers<void>();
  #running: Promise<void> = Promise.resolve();
  #value: Value | undefined;
  #failures = 0;
  #state: Omit<PartState, "name"> = { isWell: undefined, isSupported: true, rejected: 0 };

  constructor(options: PartOptions<Value>) {
    this.name = options.name;
    this.#options = options;
  }

  /** The last good value. */
  get value(): Value | undefined {
    return this.#value;
  }

  get state(): PartState {
    return { name: this.name, ...this.#state };
  }

  /** Resolves when the first refresh has ended. */
  get settled(): Promise<void> {
    return this.#first.promise;
  }

  /** Refreshes until {@linkcode stop}, the first time at once. */
  start(): void {
    this.#running = this.#run();
  }

  /** Resolves when nothing of it is under way any more. */
  async stop(): Promise<void> {
    this.#ended.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#ended;
    while (!signal.aborted) {
      const wait = await this.#refresh();
      this.#first.resolve();
      if (signal.aborted) return;
      this.#options.onChange(this.state);
      await pause(jittered(wait), signal);
    }
  }

  /** One refresh, and how long to wait for the next. */
  async #refresh(): Promise<Wait> {
    const { ask, deadlineSeconds, intervalSeconds } = this.#options;
    const startedMs = performance.now();
    const elapsed = () => Math.round(performance.now() - startedMs) / 1000;
    try {
      const deadline = AbortSignal.timeout(deadlineSeconds * 1000);
      const { value, rejected = 0 } = await ask(AbortSignal.any([this.#ended.signal, deadline]));
      this.#value = value;
      this.#failures = 0;
      const lastSuccessSeconds = Math.round(Date.now()) / 1000;
      this.#state = { isWell: true, isSupported: true, rejected, lastSuccessSeconds, durationSeconds: elapsed() };
      return { seconds: Math.max(intervalSeconds - elapsed(), 0) };
    } catch (error) {
      return this.#failed(error, elapsed());
    }
  }

  #failed(error: unknown, durationSeconds: number): Wait {
    const { intervalSeconds, isOptional, isRequired } = this.#options;
    const isAbsent = isOptional === true && error instanceof LocalApiError && error.failure === "missing";
    const isSupported = !isAbsent && (isRequired === true || !isUnsupported(error));
    const message = error instanceof Error ? error.message : String(error);
    this.#state = { ...this.#state, isWell: false, isSupported, failure: failureOf(error), message, durationSeconds };
    if (isAbsent) return { seconds: intervalSeconds };
    if (!isSupported) return { seconds: Math.max(UNSUPPORTED_SECONDS, intervalSeconds) };
    const backoff = FIRST_BACKOFF_SECONDS * 2 ** Math.min(this.#failures++, 20);
    const asked = error instanceof ControlError ? error.retryAfterSeconds : undefined;
    const seconds = Math.max(Math.min(backoff, Math.max(LAST_BACKOFF_SECONDS, intervalSeconds)), asked ?? 0);
    return { seconds, isAsked: asked !== undefined };
  }
}

/** Whether trying again soon is of no use: the credential lacks the scope, or the control plane the endpoint. */
function isUnsupported(error: unknown): boolean {
  return error instanceof ControlError && (error.failure === "forbidden" || error.failure === "not_found");
}

/** One word for a failure, as a label has it. */
function failureOf(error: unknown): string {
  return error instanceof ControlError || error instanceof LocalApiError ? error.failure : "internal";
}
