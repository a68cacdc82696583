import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { eventually } from "../lab/eventually.ts";

const PROGRAMS = ["chromium", "chromium-browser", "google-chrome"];

/** The name of a Chromium on this machine; undefined when there is none. */
export function chromiumName(): string | undefined {
  return PROGRAMS.find((name) => spawnSync(name, ["--version"]).status === 0);
}

/** A page in a headless Chromium that reaches loopback and nothing else. */
export class Browser implements AsyncDisposable {
  readonly #stop: () => Promise<void>;
  readonly #socket: WebSocket;
  readonly #answers = new Map<number, (result: unknown) => void>();
  #last = 0;

  private constructor(socket: WebSocket, stop: () => Promise<void>) {
    this.#socket = socket;
    this.#stop = stop;
    socket.addEventListener("message", ({ data }) => {
      const { id, result } = JSON.parse(String(data));
      this.#answers.get(id)?.(result);
      this.#answers.delete(id);
    });
  }

  /** Opens a page. */
  static async open(url: string): Promise<Browser> {
    const folder = mkdtempSync(join(tmpdir(), "tsmon-chromium-"));
    const flags = [
      "--headless=new",
      "--no-sandbox",
      "--disable-gpu",
      "--disable-dev-shm-usage",
      "--remote-debugging-port=0",
    ];
    const offline = ["--disable-background-networking", "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1"];
    const child = spawn(
      chromiumName()!,
      [...flags, ...offline, `--user-data-dir=${folder}`, "--window-size=1400,900", url],
      { stdio: "ignore" },
    );
    const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
    const port = await eventually("Chromium's port", () => readPort(join(folder, "DevToolsActivePort")), 30);
    const page = await eventually("the page", async () => {
      const targets = (await (await fetch(`http://127.0.0.1:${port}/json`)).json()) as {
        type: string;
        url: string;
        webSocketDebuggerUrl: string;
      }[];
      return targets.find((target) => target.type === "page" && target.url.startsWith(url.split("#")[0]!));
    });
    const socket = new WebSocket(page.webSocketDebuggerUrl);
    await new Promise((resolve) => socket.addEventListener("open", resolve, { once: true }));
    return new Browser(socket, async () => {
      socket.close();
      child.kill("SIGKILL");
      await ended;
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    });
  }

  /** Value of an expression in the page, which JSON can hold. */
  async evaluate<Value>(expression: string): Promise<Value> {
    const { result } = (await this.call("Runtime.evaluate", {
      expression,
      returnByValue: true,
      awaitPromise: true,
    })) as { result: { value: Value } };
    return result.value;
  }

  /** Calls a method of the DevTools protocol. */
  call(method: string, params: object): Promise<unknown> {
    const id = ++this.#last;
    const { promise, resolve } = Promise.withResolvers<unknown>();
    this.#answers.set(id, resolve);
    this.#socket.send(JSON.stringify({ id, method, params }));
    return promise;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stop();
  }
}

function readPort(file: string): number | undefined {
  try {
    return Number(readFileSync(file, "latin1").split("\n")[0]) || undefined;
  } catch {
    return undefined; // not written yet
  }
}
