import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Init } from "./http.ts";
import { LabProcess, type StartOptions } from "./process.ts";
import type { Place } from "./prometheus.ts";

// Nothing but us ends a process here, so it ends with the thread that started it; the shell between is no exception.
const DIES_WITH_PARENT = ["setpriv", "--pdeathsig", "KILL", "--"];

/** This machine itself, with its network and its devices, as a place for the lab's programs. */
export class Host implements Place {
  /** A new folder below the system's temporary folder. */
  readonly folder = mkdtempSync(join(tmpdir(), "tsmon-host-"));
  readonly #processes: LabProcess[] = [];

  /** Starts a program. It ends with {@linkcode Host.close}, or with this process. */
  start(argv: readonly string[], options?: StartOptions): LabProcess {
    const process = new LabProcess(DIES_WITH_PARENT, [...DIES_WITH_PARENT, ...argv], options);
    this.#processes.push(process);
    return process;
  }

  /** The global fetch. */
  async fetch(url: string, init?: Init): Promise<Response> {
    return await fetch(url, init);
  }

  /** Ends what runs here and removes the folder. */
  async close(): Promise<void> {
    await Promise.all(this.#processes.map((process) => process.stop("SIGKILL")));
    rmSync(this.folder, { recursive: true });
  }
}
