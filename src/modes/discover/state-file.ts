import { readFileSync, renameSync, statSync } from "node:fs";
import { join } from "node:path";
import { lastingContent, parseState, type State, stateText } from "../../discovery/state.ts";
import { TokenBucket } from "../../discovery/token-bucket.ts";
import type { Log } from "../../log.ts";
import { digest } from "../../runtime/digest.ts";
import { monotonicSeconds } from "../shared/clock.ts";
import { replaceFile } from "../shared/replace-file.ts";

/** Largest file that is read: room for some 200,000 devices. */
const MAX_BYTES = 128 * 1024 * 1024;

/** SD cards wear out: so many writes at once, for what joins must outlive a crash, and one a minute in the long run. */
const WRITES = { burst: 10, perSecond: 1 / 60 };
/** What changes within it makes one write, and what did not change is written for its date alone, in seconds. */
const WAIT_SECONDS = { changed: 2, unchanged: 6 * 3600 };

/** The last good lists on disk. */
export class StateFile {
  readonly path: string;
  readonly #log: Log;
  /** Digest of what is on disk: the text itself may have megabytes. */
  #digest = "";
  readonly #writes = new TokenBucket(WRITES.burst, WRITES.perSecond);
  #savedAtSeconds = Number.NEGATIVE_INFINITY;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #pending: (() => State) | undefined;
  #problem: string | undefined;
  #writing: Promise<void> = Promise.resolve();

  constructor(directory: string, log: Log) {
    this.path = join(directory, "discover.json");
    this.#log = log;
  }

  /** Why the newest write failed; undefined when it has not. */
  get problem(): string | undefined {
    return this.#problem;
  }

  /** What an earlier run left; undefined when there is nothing. A file that cannot be used is set aside. Never throws. */
  read(): State | undefined {
    try {
      const found = statSync(this.path);
      if (!found.isFile()) throw new SyntaxError("it is no file"); // a pipe would be waited for
      if (found.size > MAX_BYTES) throw new SyntaxError(`it has more than ${MAX_BYTES} bytes`);
      const state = parseState(readFileSync(this.path, "utf8"));
      this.#digest = digestOf(lastingContent(state));
      this.#savedAtSeconds = monotonicSeconds() - Math.max(Date.now() / 1000 - state.savedSeconds, 0);
      return state;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
      this.#setAside(error instanceof Error ? error.message : String(error));
      return undefined;
    }
  }

  /** Writes what `state` returns then, soon, if it differs from what is there. */
  saveSoon(state: () => State): void {
    this.#pending = state;
    const waitSeconds = Math.max(this.#writes.waitSeconds(monotonicSeconds()), WAIT_SECONDS.changed);
    this.#timer ??= setTimeout(() => void this.#flush(), waitSeconds * 1000);
  }

  /** Writes for the last time, and then whatever has changed. Undefined is not worth a write. */
  async close(state: State | undefined): Promise<void> {
    this.#savedAtSeconds = Number.NEGATIVE_INFINITY;
    this.#pending = state && (() => state);
    await this.#flush();
  }

  async #flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const state = this.#pending?.();
    this.#pending = undefined;
    if (state) this.#writing = this.#writing.then(() => this.#save(state));
    await this.#writing;
  }

  async #save(state: State): Promise<void> {
    const isOld = monotonicSeconds() - this.#savedAtSeconds >= WAIT_SECONDS.unchanged;
    const digest = digestOf(lastingContent(state));
    if (digest === this.#digest && !isOld) return;
    this.#savedAtSeconds = monotonicSeconds();
    this.#writes.take(1);
    try {
      await replaceFile(this.path, stateText(state), 0o600);
      this.#digest = digest;
      if (this.#problem !== undefined) this.#log.info("The list is kept on disk again", { path: this.path });
      this.#problem = undefined;
    } catch (error) {
      const problem = `Cannot keep the list on disk: ${(error as NodeJS.ErrnoException).code ?? error} (name another folder with --state.dir)`;
      if (problem !== this.#problem) this.#log.warn(problem, { path: this.path });
      this.#problem = problem;
    }
  }

  #setAside(reason: string): void {
    const aside = `${this.path}.unusable`;
    let outcome = `it is now ${aside}`;
    try {
      renameSync(this.path, aside);
    } catch (error) {
      outcome = `it stays: ${(error as NodeJS.ErrnoException).code ?? error}`;
    }
    this.#log.warn(`Cannot use the list of an earlier run: ${reason}; ${outcome}`, { path: this.path });
  }
}

function digestOf(content: string): string {
  return digest("sha256", content).toString("base64url");
}
