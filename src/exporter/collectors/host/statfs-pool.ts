import { errnoMessage } from "./errno.ts";
import type { HostSource, StatfsCounts, StatfsWorker } from "./source.ts";

/** Counts of a file system, or why there are none. */
export type StatfsOutcome = StatfsCounts | { readonly error: string };

const TIMED_OUT: StatfsOutcome = { error: "mountpoint timeout" };

/** How long a mount may keep the others waiting before a further worker starts on them. */
const PATIENCE_MILLISECONDS = 100;

/** Limits of a {@linkcode StatfsPool}. */
export interface StatfsPoolLimits {
  /** Workers that ask at once. As many again may be left behind in calls that do not return. */
  readonly workers: number;
  /** How long a mount may take to answer. */
  readonly timeoutSeconds: number;
}

/**
 * Asks file systems whose statfs(2) may never return, each on a thread of its own. The runtime's own pool has as many
 * threads as the machine has CPUs, so that a few dead mounts would block every file and every name lookup.
 */
export class StatfsPool {
  readonly #limits: StatfsPoolLimits;
  readonly #idle: StatfsWorker[] = [];
  /** Paths whose calls are still pending after their time. They are not asked again until the call returns. */
  readonly #stuck = new Set<string>();
  #workers = 0;

  constructor(limits: StatfsPoolLimits) {
    this.#limits = limits;
  }

  /** The outcome for each path, in order. When the signal aborts it resolves at once, with timeouts for what is open. */
  async statfsAll(paths: readonly string[], source: Pick<HostSource, "signal" | "startStatfsWorker">) {
    const outcomes = new Map<string, StatfsOutcome>();
    const queue = [...new Set(paths)].filter((path) => !this.#stuck.has(path));
    const drain = async () => {
      while (queue.length > 0 && !source.signal.aborted) {
        const path = queue.shift()!;
        outcomes.set(path, await this.#statfs(path, source));
      }
    };
    const drains = [drain()];
    const timer = setInterval(() => {
      if (queue.length > 0 && drains.length < this.#limits.workers) drains.push(drain());
    }, PATIENCE_MILLISECONDS);
    try {
      for (const pending of drains) await pending; // also those that are added meanwhile
    } finally {
      clearInterval(timer);
    }
    return paths.map((path) => outcomes.get(path) ?? TIMED_OUT);
  }

  /** Ends the workers that have nothing to do, for when no mount needs them any more. */
  stopIdle(): void {
    for (const worker of this.#idle.splice(0)) this.#stop(worker);
  }

  async #statfs(path: string, { signal, startStatfsWorker }: Pick<HostSource, "signal" | "startStatfsWorker">) {
    const worker = this.#take(startStatfsWorker);
    if (!worker) return TIMED_OUT;
    const { promise, resolve } = Promise.withResolvers<StatfsOutcome>();
    const leave = () => {
      this.#stuck.add(path);
      resolve(TIMED_OUT);
    };
    const timer = setTimeout(leave, this.#limits.timeoutSeconds * 1000);
    signal.addEventListener("abort", leave);
    worker.statfs(path).then(
      (counts) => {
        this.#giveBack(worker);
        this.#stuck.delete(path);
        resolve(counts);
      },
      (error: NodeJS.ErrnoException) => {
        // Without a code it is not the system that failed but the thread.
        if (error.code === undefined) this.#stop(worker);
        else this.#giveBack(worker);
        this.#stuck.delete(path);
        resolve({ error: errnoMessage(error) });
      },
    );
    const outcome = await promise;
    clearTimeout(timer);
    signal.removeEventListener("abort", leave);
    return outcome;
  }

  #take(start: () => StatfsWorker): StatfsWorker | undefined {
    const idle = this.#idle.pop();
    if (idle || this.#workers >= 2 * this.#limits.workers) return idle;
    const worker = start();
    this.#workers++;
    return worker;
  }

  #giveBack(worker: StatfsWorker): void {
    if (this.#idle.length < this.#limits.workers) this.#idle.push(worker);
    else this.#stop(worker);
  }

  #stop(worker: StatfsWorker): void {
    this.#workers--;
    worker.stop();
  }
}
