/** How long a drive may take to answer. Asleep, or about to fail, it takes longer. */
const TIMEOUT_MILLISECONDS = 2000;

/**
 * Finds out which devices answer, by files whose drivers send the device a command: for a drive that is about to fail,
 * the kernel waits up to a minute, and this process must not. The files are read on the runtime's own threads. One that
 * is late is not asked again until it has answered, so that a dead drive costs one thread at most.
 */
export class DeviceProbe {
  readonly #pending = new Set<string>();
  readonly #timeoutMs: number;

  constructor(timeoutMs = TIMEOUT_MILLISECONDS) {
    this.#timeoutMs = timeoutMs;
  }

  /** Those of some files whose devices have answered, be it with an error, when the time is up or the signal aborts. */
  async answering(paths: readonly string[], signal: AbortSignal): Promise<ReadonlySet<string>> {
    const answered = new Set<string>();
    const reads = paths
      .filter((path) => !this.#pending.has(path))
      .map((path) => this.#read(path).then(() => answered.add(path)));
    const { promise: late, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, this.#timeoutMs);
    if (signal.aborted) resolve();
    signal.addEventListener("abort", () => resolve(), { once: true });
    await Promise.race([Promise.all(reads), late]);
    clearTimeout(timer);
    return new Set(answered);
  }

  async #read(path: string): Promise<void> {
    this.#pending.add(path);
    const { readFile } = await import("node:fs/promises"); // loaded only where there is a device to ask
    await readFile(path).catch(() => undefined);
    this.#pending.delete(path);
  }
}
