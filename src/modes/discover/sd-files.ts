import type { Answers } from "../../discovery/answers.ts";
import { parseFilter } from "../../discovery/filter.ts";
import { SdFile } from "./sd-file.ts";
import type { NamedQuery } from "./settings.ts";

/** The files that Prometheus reads targets from. */
export class SdFiles {
  readonly #files: readonly { readonly file: SdFile; readonly query: string }[];

  constructor(files: readonly NamedQuery[]) {
    this.#files = files.map(({ name, query }) => ({ file: new SdFile(name), query }));
  }

  /** Makes all files hold the lists of the moment. Resolves with what could not be written, by path; undefined is well. */
  async set(answers: Answers): Promise<Map<string, string | undefined>> {
    const outcomes = new Map<string, string | undefined>();
    for (const { file, query } of this.#files) {
      const groups = answers.groups("targets", parseFilter(new URLSearchParams(query)));
      outcomes.set(file.path, await file.set(groups).then(() => undefined, codeOf));
    }
    return outcomes;
  }
}

function codeOf(error: NodeJS.ErrnoException): string {
  return error.code ?? error.message;
}
