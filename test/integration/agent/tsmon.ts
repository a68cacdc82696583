import { type ChildProcess, spawn } from "node:child_process";
import { EventEmitter, once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { freePort } from "../../free-port.ts";

const MAIN = fileURLToPath(new URL("../../../src/main.ts", import.meta.url));
const DENO_CONFIG = fileURLToPath(new URL("../../../deno.json", import.meta.url));

/** How a program ended, and what it said until then. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** What a program runs in. */
export interface Surroundings {
  /** A command line that runs in its own place what follows it. */
  readonly within?: readonly string[];
  /** Texts by name, in the program's folder from the start. */
  readonly files?: Readonly<Record<string, string>>;
}

/** A tsmon that runs from its source, on the runtime that runs the test, in a folder of its own. */
export class Tsmon implements AsyncDisposable {
  readonly directory = mkdtempSync(join(tmpdir(), "tsmon-agent-"));
  readonly #child: ChildProcess;
  readonly #output = { stdout: "", stderr: "" };
  readonly #spoke = new EventEmitter();
  readonly #ended: Promise<Ended>;

  /**
   * @param env Variables besides those of the test, of which none is tsmon's.
   */
  constructor(
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
    { within = [], files = {} }: Surroundings = {},
  ) {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(this.directory, name), text);
    const own = Object.entries(process.env).filter(([name]) => !/^(TSMON_|TS_|NOTIFY_SOCKET|NO_COLOR)/.test(name));
    const run = process.versions.deno ? ["run", "-A", "--no-check", "--config", DENO_CONFIG, MAIN] : [MAIN];
    const [file = "", ...rest] = [...within, process.execPath, ...run, ...args];
    this.#child = spawn(file, rest, {
      cwd: this.directory,
      env: { ...Object.fromEntries(own), ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    for (const name of ["stdout", "stderr"] as const) {
      this.#child[name]!.setEncoding("utf8").on("data", (text: string) => {
        this.#output[name] += text;
        this.#spoke.emit("spoke");
      });
    }
    this.#ended = once(this.#child, "close").then(([code]) => {
      this.#spoke.emit("spoke");
      return { code, ...this.#output };
    });
  }

  /** Lines of its log so far. */
  get log(): string[] {
    return this.#output.stderr.split("\n").filter((line) => line !== "");
  }

  /** Resolves when its log has this many lines that match. Rejects if it ends before. */
  async says(pattern: RegExp, times = 1): Promise<void> {
    while (this.log.filter((line) => pattern.test(line)).length < times) {
      if (this.#child.exitCode !== null)
        throw new Error(`Cannot see ${pattern}: it ended with\n${this.log.join("\n")}`);
      await once(this.#spoke, "spoke");
    }
  }

  /** Folder in which its own file system begins, for one that runs elsewhere. */
  get root(): string {
    return `/proc/${this.#child.pid}/root`;
  }

  signal(name: "SIGTERM" | "SIGINT" | "SIGHUP"): void {
    // Not the child's own kill(), after which Deno takes it for ended.
    process.kill(this.#child.pid!, name);
  }

  /** How it ended, when it has. */
  ended(): Promise<Ended> {
    return this.#ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode === null) this.#child.kill("SIGKILL");
    await this.#ended;
    rmSync(this.directory, { recursive: true, force: true });
  }
}

/** What `tsmon ARGS` says, and its exit code. */
export async function run(args: readonly string[], env?: Readonly<Record<string, string>>): Promise<Ended> {
  await using tsmon = new Tsmon(args, env);
  return await tsmon.ended();
}

/** An agent that serves on loopback alone. */
export class TestAgent extends Tsmon {
  readonly url: string;
  /** Of 127.0.0.1. */
  readonly port: number;
  /** Prometheus's timeout: long enough for a busy machine. Short, it keeps tests short in which something never answers. */
  timeoutSeconds = 9;

  private constructor(port: number, args: readonly string[]) {
    super(["agent", "--web.listen", `127.0.0.1:${port}`, ...args]);
    this.url = `http://127.0.0.1:${port}`;
    this.port = port;
  }

  /** One that serves already. */
  static async start(args: readonly string[]): Promise<TestAgent> {
    const agent = new TestAgent(await freePort(), args);
    await agent.says(/ info Serving metrics on /);
    return agent;
  }

  /** Answer to a GET, as Prometheus asks. */
  get(path: string, signal?: AbortSignal): Promise<Response> {
    const headers = { "X-Prometheus-Scrape-Timeout-Seconds": `${this.timeoutSeconds}` };
    return fetch(`${this.url}${path}`, { headers, ...(signal && { signal }) });
  }

  /** Values by series of a scrape that answers 200. */
  async scrape(query = ""): Promise<Map<string, number>> {
    const response = await this.get(`/metrics${query}`);
    const text = await response.text();
    if (response.status !== 200) throw new Error(`Cannot scrape: ${response.status} ${text}`);
    const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
    return new Map(lines.map((line) => [line.slice(0, line.lastIndexOf(" ")), Number(line.split(" ").at(-1))]));
  }
}
