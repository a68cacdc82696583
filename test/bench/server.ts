import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { freePort } from "../free-port.ts";

/** A server process under measurement, which ends with its scope. */
export interface Server extends AsyncDisposable {
  readonly url: string;
  readonly pid: number;
  /** Time from its start to the end of its first good answer. */
  readonly startMs: number;
}

/** Starts the server that `argvOf` names for a port and waits for its first good answer at /metrics. */
export async function startServer(argvOf: (port: number) => readonly string[]): Promise<Server> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}/metrics`;
  const [file = "", ...args] = argvOf(port);
  const startedMs = performance.now();
  const child = spawn(file, args, { stdio: "ignore" });
  const ended = once(child, "exit");
  await firstAnswer(url, () => {
    if (child.exitCode !== null) throw new Error(`Cannot measure ${file}: it ended with ${child.exitCode}`);
  });
  const startMs = performance.now() - startedMs;
  const stop = async () => {
    child.kill("SIGKILL");
    await ended;
  };
  return { url, pid: child.pid!, startMs, [Symbol.asyncDispose]: stop };
}

/**
 * Asks until there is a good answer, which it reads to its end. `check` throws when there will be none. As long as nobody
 * listens, it costs the machine little: what is to listen would be the slower for it.
 */
export async function firstAnswer(url: string, check?: () => void): Promise<void> {
  const { hostname, port } = new URL(url);
  while (!(await listens(hostname, Number(port))) || !(await answers(url))) {
    check?.();
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

async function listens(host: string, port: number): Promise<boolean> {
  const socket = connect({ host, port });
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(url);
    await response.arrayBuffer();
    return response.ok;
  } catch {
    return false;
  }
}

/** What Prometheus 3 sends: `acceptHeader()` and `textScraper` in its scrape/scrape.go. */
export const PROMETHEUS_HEADERS = {
  Accept:
    "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5," +
    "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
  "Accept-Encoding": "gzip",
  "X-Prometheus-Scrape-Timeout-Seconds": "10",
} as const;

/** Scrapes as Prometheus does, one after another over one connection. Returns the number of series of the last answer. */
export async function scrape(url: string, times: number): Promise<number> {
  let text = "";
  for (let i = 0; i < times; i++) text = await (await fetch(url, { headers: PROMETHEUS_HEADERS })).text();
  return text.split("\n").filter((line) => line !== "" && !line.startsWith("#")).length;
}

/** Linux counts CPU time for user space in hundredths of a second on every architecture, time(7). */
const TICK_MS = 10;

/** CPU time of a process so far, user and system, in milliseconds: fields 14 and 15 of proc_pid_stat(5). */
export function cpuMs(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
  const fields = stat
    .slice(stat.lastIndexOf(")") + 2)
    .split(" ")
    .map(Number);
  return (fields[11]! + fields[12]!) * TICK_MS;
}

/** Memory of a process in MB of 2^20 bytes. */
export interface Memory {
  readonly resident: number;
  /** Resident pages that no other process maps. */
  readonly private: number;
  /** Resident pages that no file backs. */
  readonly anonymous: number;
  /** The most that ever was resident. */
  readonly peak: number;
}

/** Memory of a process now: proc_pid_smaps(5) and proc_pid_status(5). */
export function memoryOf(pid: number): Memory {
  const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, "latin1");
  return {
    resident: megabytes(rollup, "Rss"),
    private: megabytes(rollup, "Private_Clean") + megabytes(rollup, "Private_Dirty"),
    anonymous: megabytes(rollup, "Anonymous"),
    peak: megabytes(readFileSync(`/proc/${pid}/status`, "latin1"), "VmHWM"),
  };
}

function megabytes(text: string, name: string): number {
  const kilobytes = new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(text)?.[1];
  if (kilobytes === undefined) throw new Error(`Cannot read memory: no ${name}`);
  return Number(kilobytes) / 1024;
}
