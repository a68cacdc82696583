import { spawn } from "node:child_process";
import { closeSync, mkdtempSync, openSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Init } from "./http.ts";
import type { Place, Program } from "./prometheus.ts";

/** This machine itself, with its network and its devices, as a place for the lab's programs. */
export class Host implements Place {
  /** A new folder below the system's temporary folder. */
  readonly folder = mkdtempSync(join(tmpdir(), "tsmon-lab-host-"));
  readonly #programs: Program[] = [];

  /** Starts a program. It ends with {@linkcode Host.close}, or with this process, however that ends. */
  start(argv: readonly string[], { log }: { log: string }): Program {
    const fd = openSync(log, "a");
    const child = spawn("setpriv", ["--pdeathsig", "KILL", "--", ...argv], { stdio: ["ignore", fd, fd] });
    closeSync(fd);
    const ended = new Promise<void>((resolve) => {
      child.once("error", () => resolve());
      child.once("close", () => resolve());
    });
    const stop = async () => {
      child.kill("SIGKILL");
      await ended;
    };
    this.#programs.push({ stop });
    return { stop };
  }

  /** The global fetch. */
  async fetch(url: string, init?: Init): Promise<Response> {
    return await fetch(url, init);
  }

  /** Ends what runs here and removes the folder. */
  async close(): Promise<void> {
    await Promise.all(this.#programs.map((program) => program.stop()));
    rmSync(this.folder, { recursive: true, force: true });
  }
}
