import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:net";

/** One line of the result: what was measured, beside what. */
export interface Row {
  readonly what: string;
  readonly ours: number;
  readonly reference: number | undefined;
  readonly unit: string;
  /** Name of the reference. */
  readonly beside: string;
  /** What we want, in words. */
  readonly target: string;
  readonly met: boolean;
}

/** A server process under measurement. */
export interface Subject {
  readonly url: string;
  readonly pid: number;
  stop(): Promise<void>;
}

/** Starts a server that listens on `port` and resolves at its first answer, with the milliseconds that it took. */
export async function startSubject(
  argv: readonly string[],
  port: number,
): Promise<Subject & { readonly startMs: number }> {
  const url = `http://127.0.0.1:${port}/metrics`;
  const startedMs = performance.now();
  const [file, ...args] = argv;
  const child = spawn(file!, args, { stdio: "ignore" });
  const ended = once(child, "exit");
  while (!(await answers(url))) {
    if (child.exitCode !== null) throw new Error(`Cannot measure ${file}: it ended with ${child.exitCode}`);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  const startMs = performance.now() - startedMs;
  return {
    url,
    pid: child.pid!,
    startMs,
    async stop() {
      child.kill("SIGKILL");
      await ended;
    },
  };
}

async function answers(url: string): Promise<boolean> {
  try {
    await (await fetch(url)).arrayBuffer();
    return true;
  } catch {
    return false;
  }
}

/** Scrapes as Prometheus does, one after another; returns each one's milliseconds. */
export async function scrape(url: string, times: number): Promise<number[]> {
  const headers = { "Accept-Encoding": "gzip", Accept: "text/plain;version=0.0.4" };
  const durations: number[] = [];
  for (let i = 0; i < times; i++) {
    const startedMs = performance.now();
    await (await fetch(url, { headers })).arrayBuffer();
    durations.push(performance.now() - startedMs);
  }
  return durations;
}

/** CPU time of a process so far, user and system, in milliseconds; a tick is 10 of them. */
export function cpuMs(pid: number): number {
  const columns = readFileSync(`/proc/${pid}/stat`, "latin1").split(") ")[1]!.split(" ").map(Number);
  return (columns[11]! + columns[12]!) * 10;
}

/** Memory of a process in MB: resident, and its own alone. */
export function memoryMb(pid: number): { rss: number; private: number; anonymous: number } {
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, "latin1");
  const kb = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(text)?.[1]);
  return {
    rss: kb("Rss") / 1024,
    private: (kb("Private_Clean") + kb("Private_Dirty")) / 1024,
    anonymous: kb("Anonymous") / 1024,
  };
}

export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
}

/** A port on which nothing listened a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, "close");
  return port;
}
