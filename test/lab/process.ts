import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync, readdirSync, readFileSync } from "node:fs";
import process from "node:process";
import { eventually } from "./eventually.ts";

/** How a process ended: its exit code, or the signal that ended it. */
export type Exit = number | NodeJS.Signals;

/** What a lab process may be given beside its command line. */
export interface StartOptions {
  /** Added to PATH, which is all that it inherits: a proxy variable of ours must not lead it out of the lab. */
  readonly env?: Readonly<Record<string, string>>;
  /** File that takes stdout and stderr; absent, both are kept in memory. */
  readonly log?: string;
}

// Only a child of nsenter is in the PID namespace, so nsenter stays. It stops when its child stops, and a stopped parent
// reaps nothing, for which the namespace would wait at its end for ever; so a shell stands between, which passes on how the
// program ended.
const SHELL = ["sh", "-c", '"$@"; code=$?; [ "$code" -le 128 ] || kill "-$((code - 128))" $$; exit "$code"', "sh"];

/** A process inside the lab's namespaces. */
export class LabProcess {
  /** Resolves when the process has ended; never rejects. */
  readonly exited: Promise<Exit>;
  readonly #child: ChildProcess;
  readonly #name: string;
  #stdout = "";
  #stderr = "";
  #exit: Exit | undefined;

  constructor(enter: readonly string[], argv: readonly string[], { env, log }: StartOptions = {}) {
    this.#name = argv[0] ?? "";
    const [file = "", ...args] = [...enter, ...SHELL, ...argv];
    const fd = log === undefined ? "pipe" : openSync(log, "a");
    // Ctrl-C in a terminal must reach us alone: we end the lab in order.
    const options = { env: { PATH: process.env.PATH ?? "", ...env }, detached: true };
    this.#child = spawn(file, args, { ...options, stdio: ["ignore", fd, fd] });
    if (typeof fd === "number") closeSync(fd);
    this.#child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      this.#stdout += text;
    });
    this.#child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.#stderr += text;
    });
    this.exited = new Promise((resolve) => {
      const end = (exit: Exit) => {
        this.#exit = exit;
        resolve(exit);
      };
      this.#child.once("error", () => end(127));
      this.#child.once("close", (code, signal) => end(signal ?? code ?? 1));
    });
  }

  get stdout(): string {
    return this.#stdout;
  }

  get stderr(): string {
    return this.#stderr;
  }

  /** The process's ID as the machine sees it, for /proc. */
  async pid(): Promise<number> {
    return await childOf(await childOf(this.#child.pid ?? -1, "sh"), this.#name);
  }

  /** Sends a signal to the process; nothing when it has ended. After SIGSTOP none of its threads runs any more. */
  async signal(signal: NodeJS.Signals): Promise<void> {
    if (this.#exit !== undefined) return;
    const pid = await Promise.race([this.pid(), this.exited.then(() => undefined)]);
    if (pid === undefined) return;
    killIfAlive(pid, signal);
    if (signal !== "SIGSTOP") return;
    const isStill = () => readdirSync(`/proc/${pid}/task`).every((task) => /^[TtZ]$/.test(stateOf(pid, task)));
    await eventually(`${this.#name} stopped`, isStill, 10);
  }

  /** Ends the process and resolves with how it ended. */
  async stop(signal: NodeJS.Signals = "SIGTERM"): Promise<Exit> {
    await this.signal(signal);
    return await this.exited;
  }
}

/** The PID of the only child of a process, which may be about to fork it. */
export function childOf(parent: number, name: string): Promise<number> {
  return eventually(`process ${name} below ${parent}`, () => children(parent)[0], 10);
}

function children(parent: number): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && parentOf(name) === parent)
    .map(Number);
}

function parentOf(pid: string): number | undefined {
  try {
    return Number(fieldsOf(`/proc/${pid}/stat`)[1]);
  } catch {
    return undefined; // ended since readdir
  }
}

/** A thread's state: T when it is stopped. */
function stateOf(pid: number, task: string): string {
  return fieldsOf(`/proc/${pid}/task/${task}/stat`)[0] ?? "";
}

/** Fields from the third on, proc_pid_stat(5). The second may hold spaces and brackets. */
function fieldsOf(file: string): string[] {
  const stat = readFileSync(file, "utf8");
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
}

function killIfAlive(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
