import { statSync } from "node:fs";
import { readWebConfig, type WebConfig } from "./web-config.ts";
import { WebConfigError } from "./web-config-error.ts";

/** How often files are looked at, in seconds. */
const LOOK_SECONDS = 1;

/** A web configuration file that is followed while it changes. */
export class WebConfigFile {
  readonly #path: string;
  readonly #onChange: (config: WebConfig) => void;
  readonly #onProblem: (error: WebConfigError | undefined) => void;
  #config: WebConfig;
  #mark: string;
  #lookedMs = performance.now();

  /**
   * @param onChange Told of every new version.
   * @param onProblem Told when the file cannot be used and the version before stays, and with undefined when it can again.
   * @throws {WebConfigError} If the file cannot be used.
   */
  constructor(
    path: string,
    onChange: (config: WebConfig) => void,
    onProblem: (error: WebConfigError | undefined) => void,
  ) {
    this.#path = path;
    this.#onChange = onChange;
    this.#onProblem = onProblem;
    this.#config = readWebConfig(path);
    this.#mark = markOf(this.#config.files);
  }

  /** The newest version that can be used. */
  get current(): WebConfig {
    if (performance.now() - this.#lookedMs >= LOOK_SECONDS * 1000) this.#look();
    return this.#config;
  }

  #look(): void {
    this.#lookedMs = performance.now();
    const mark = markOf(this.#config.files);
    if (mark === this.#mark) return;
    try {
      const config = readWebConfig(this.#path);
      // The same texts stay the same object, so that nothing is opened anew for them.
      const isSame = JSON.stringify(config.tls) === JSON.stringify(this.#config.tls);
      this.#config = isSame ? { ...config, tls: this.#config.tls } : config;
      this.#mark = markOf(this.#config.files);
      this.#onProblem(undefined);
      this.#onChange(this.#config);
    } catch (error) {
      if (!(error instanceof WebConfigError)) throw error;
      this.#onProblem(error); // the old mark stays, so that it is tried again at the next look
    }
  }
}

/** What tells versions of files apart. Why one cannot be looked at is a version too, and its reader's to tell. */
function markOf(files: readonly string[]): string {
  return files.map(versionOf).join();
}

function versionOf(file: string): string {
  try {
    const { ino, size, mtimeMs } = statSync(file);
    return `${ino} ${size} ${mtimeMs}`;
  } catch (error) {
    return String((error as NodeJS.ErrnoException).code);
  }
}
