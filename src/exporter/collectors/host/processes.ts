import { existsSync } from "node:fs";
import { setImmediate } from "node:timers/promises";
import type { Collector } from "../../collector.ts";
import { gauge, type Metric, type Sample } from "../../metric.ts";
import { namesIn, readText } from "./files.ts";
import { filled } from "./filled.ts";
import { quoted, unsigned } from "./parse.ts";
import type { HostSource } from "./source.ts";

const THREADS = gauge("node_processes_threads", "Allocated threads in system");
const MAX_THREADS = gauge("node_processes_max_threads", "Limit of threads in the system");
const THREADS_STATE = gauge("node_processes_threads_state", "Number of threads in each state.", ["thread_state"]);
const STATE = gauge("node_processes_state", "Number of processes in each state.", ["state"]);
const PIDS = gauge("node_processes_pids", "Number of PIDs");
const MAX_PROCESSES = gauge("node_processes_max_processes", "Number of max PIDs limit");

/** Processes that are read at a stretch, in some milliseconds, before others have their turn. */
const PROCESSES_AT_ONCE = 200;

/** Processes and threads by state, from every process's folder in procfs. */
export function processes(): Collector<HostSource> {
  return {
    name: "processes",
    metrics: () => [THREADS, MAX_THREADS, STATE, THREADS_STATE, PIDS, MAX_PROCESSES],
    async collect({ paths: { procfs }, signal }) {
      const { pids, threads, states, threadStates } = await countProcesses(procfs, signal);
      const limit = (file: string) => unsigned(readText(`${procfs}/sys/kernel/${file}`).trim(), file);
      return filled((samples) => {
        samples.push(THREADS.sample(threads));
        samples.push(MAX_THREADS.sample(limit("threads-max")));
        samples.push(...stateSamples(states, (state) => STATE.labels({ state }), STATE));
        samples.push(
          ...stateSamples(threadStates, (thread_state) => THREADS_STATE.labels({ thread_state }), THREADS_STATE),
          PIDS.sample(pids),
        );
        samples.push(MAX_PROCESSES.sample(limit("pid_max")));
      });
    },
  };
}

function stateSamples<Name extends string>(
  counts: ReadonlyMap<string, number>,
  labelsOf: (state: string) => ReturnType<Metric<Name>["labels"]>,
  metric: Metric<Name>,
): Sample[] {
  return [...counts].map(([state, count]) => metric.sample(count, labelsOf(state)));
}

interface Counts {
  pids: number;
  threads: number;
  readonly states: Map<string, number>;
  readonly threadStates: Map<string, number>;
}

async function countProcesses(procfs: string, signal: AbortSignal): Promise<Counts> {
  const counts: Counts = { pids: 0, threads: 0, states: new Map(), threadStates: new Map() };
  let read = 0;
  for (const pid of numbersIn(procfs)) {
    if (++read % PROCESSES_AT_ONCE === 0) {
      await setImmediate();
      signal.throwIfAborted();
    }
    const stat = readStat(`${procfs}/${pid}/stat`);
    if (!stat) continue;
    counts.pids++;
    counts.threads += stat.threads;
    add(counts.states, stat.state);
    countThreads(`${procfs}/${pid}/task`, pid, stat, counts.threadStates);
  }
  return counts;
}

function countThreads(folder: string, pid: string, process: ProcessStat, states: Map<string, number>): void {
  if (process.threads === 1) {
    // Its one thread is itself, which saves the listing of most processes' folders.
    if (existsSync(folder)) add(states, process.state);
    return;
  }
  for (const id of numbersIn(folder)) {
    const state = id === pid ? process.state : readStat(`${folder}/${id}/stat`)?.state;
    if (state !== undefined) add(states, state);
  }
}

function add(counts: Map<string, number>, state: string): void {
  counts.set(state, (counts.get(state) ?? 0) + 1);
}

function numbersIn(folder: string): string[] {
  try {
    return namesIn(folder).filter((name) => /^\d+$/.test(name));
  } catch (error) {
    if (isGone(error)) return [];
    throw error;
  }
}

/** The numbers of a process or thread; undefined when it has ended meanwhile. */
function readStat(path: string): ProcessStat | undefined {
  try {
    return parseProcessStat(readText(path));
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
}

function isGone(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === "ENOENT" || code === "ESRCH";
}

/** What is read of a process. */
export interface ProcessStat {
  /** One letter, such as R, S, D, Z, I. */
  readonly state: string;
  readonly threads: number;
}

/** Position of num_threads among the fields after the name (proc_pid_stat(5)); the state is the first of them. */
const THREADS_FIELD = 17;

/** State and number of threads in a process's `stat`. The name before them may hold brackets and blanks of its own. */
export function parseProcessStat(text: string): ProcessStat {
  const end = text.lastIndexOf(")");
  const fields = text.slice(end + 2).split(" ", THREADS_FIELD + 1);
  const state = fields[0];
  if (end < 0 || !state) throw new SyntaxError(`Cannot parse stat of a process: found "${quoted(text.trim())}"`);
  return { state, threads: unsigned(fields[THREADS_FIELD], "stat of a process") };
}
