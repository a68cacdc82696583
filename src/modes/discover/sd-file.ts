import { existsSync, readFileSync } from "node:fs";
import { type Group, toJson, toYaml } from "../../discovery/answers.ts";
import { replaceFile } from "../shared/replace-file.ts";

/** A file that Prometheus reads targets from. */
export class SdFile {
  readonly path: string;
  #text: string | undefined;
  #writing: Promise<void> = Promise.resolve();

  constructor(path: string) {
    this.path = path;
    try {
      this.#text = readFileSync(path, "utf8");
    } catch {
      // Not there yet, or for the write to tell.
    }
  }

  /** Makes the file hold a list. Rejects with the system's error. */
  set(groups: readonly Group[]): Promise<void> {
    const text = this.path.endsWith(".json") ? toJson(groups) : toYaml(groups);
    this.#writing = this.#writing.catch(() => {}).then(() => this.#write(text));
    return this.#writing;
  }

  async #write(text: string): Promise<void> {
    if (text === this.#text && existsSync(this.path)) return;
    await replaceFile(this.path, text, 0o644);
    this.#text = text;
  }
}
