import { isDeepStrictEqual } from "node:util";
import type { Advertisement } from "../../discovery/advertisement.ts";
import { type Device, isPhone } from "../../discovery/device.ts";
import { type ProbeBudget, ProbePlan } from "../../discovery/probe-plan.ts";
import { monotonicSeconds } from "../shared/clock.ts";

/** What a {@linkcode Prober} asks with, and whom it tells. */
export interface ProberOptions {
  readonly budget: ProbeBudget;
  /** Asks the agent of a device, which may have joined a moment ago. */
  readonly ask: (device: Device, isNew: boolean, signal: AbortSignal) => Promise<Advertisement>;
  /** Told when an agent offers something else than before. */
  readonly onChange: () => void;
  readonly onAsked: (outcome: "agent" | "no_agent") => void;
}

/** Asks the devices for their agents, within a budget, and keeps what those told last. */
export class Prober {
  readonly #options: ProberOptions;
  readonly #plan: ProbePlan;
  readonly #agents = new Map<string, Advertisement>();
  readonly #failures = new Map<string, string>();
  readonly #ended = new AbortController();
  #devices = new Map<string, Device>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #dueMs = 0;
  #wasSettled = false;

  constructor(options: ProberOptions) {
    this.#options = options;
    this.#plan = new ProbePlan(options.budget);
  }

  /** What agents told last, by the id of their device. */
  get agents(): ReadonlyMap<string, Advertisement> {
    return this.#agents;
  }

  /** Why the newest question to a device had no answer, by its id. */
  get failures(): ReadonlyMap<string, string> {
    return this.#failures;
  }

  /** Whether every device that is not known to be offline was asked once. */
  get isSettled(): boolean {
    return this.#plan.isSettled;
  }

  /** Takes what agents told in an earlier run. */
  restore(agents: ReadonlyMap<string, Advertisement>): void {
    for (const [id, agent] of agents) this.#agents.set(id, agent);
  }

  /** Takes over the list of devices, forgets those that are not in it, and goes on asking. */
  setDevices(devices: readonly Device[]): void {
    this.#devices = new Map(devices.filter((device) => !isPhone(device)).map((device) => [device.id, device]));
    for (const known of [this.#agents, this.#failures]) {
      for (const id of known.keys()) if (!this.#devices.has(id)) known.delete(id);
    }
    this.#plan.setCandidates([...this.#devices.values()], this.#agents, monotonicSeconds());
    this.#next();
  }

  stop(): void {
    this.#ended.abort();
    clearTimeout(this.#timer);
  }

  /** Asks whom it is time to ask, and comes back when it is time for another. */
  #next(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#ended.signal.aborted) return;
    for (const id of this.#plan.take(monotonicSeconds())) void this.#ask(id);
    const waitSeconds = this.#plan.waitSeconds(monotonicSeconds());
    if (waitSeconds !== undefined) this.#comeBackIn(waitSeconds * 1000);
  }

  #comeBackIn(ms: number): void {
    const dueMs = performance.now() + Math.min(Math.max(ms, REST_MS.shortest), REST_MS.longest);
    if (this.#timer !== undefined && this.#dueMs <= dueMs) return;
    clearTimeout(this.#timer);
    this.#dueMs = dueMs;
    this.#timer = setTimeout(() => this.#next(), dueMs - performance.now());
  }

  async #ask(id: string): Promise<void> {
    const device = this.#devices.get(id);
    let told: Advertisement | undefined;
    let failure = "it is no longer listed";
    try {
      if (device) told = await this.#options.ask(device, this.#plan.isNew(id), this.#ended.signal);
    } catch (error) {
      failure = error instanceof Error ? error.message : String(error);
    }
    if (this.#ended.signal.aborted) return;
    this.#plan.ended(id, told !== undefined, monotonicSeconds());
    this.#options.onAsked(told ? "agent" : "no_agent");
    if (this.#devices.has(id)) this.#note(id, told, failure);
    this.#comeBackIn(0);
  }

  #note(id: string, told: Advertisement | undefined, failure: string): void {
    if (told === undefined) {
      this.#failures.set(id, failure);
      if (!this.#wasSettled && this.#plan.isSettled) {
        this.#wasSettled = true; // the first round ends with it
        this.#options.onChange();
      }
      return;
    }
    this.#failures.delete(id);
    if (isDeepStrictEqual(this.#agents.get(id), told)) return;
    this.#agents.set(id, told);
    this.#options.onChange();
  }
}

/** Shortest and longest rest: many answers make one look, and a budget that has just come back is not waited for. */
const REST_MS = { shortest: 20, longest: 60_000 };
