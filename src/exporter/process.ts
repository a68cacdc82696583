import { readdirSync, readFileSync, statSync } from "node:fs";
import { type Collector, NoData } from "./collector.ts";
import { counter, gauge } from "./metric.ts";

const CPU = counter("process_cpu_seconds_total", "Total user and system CPU time spent in seconds.");
const OPEN_FDS = gauge("process_open_fds", "Number of open file descriptors.");
const MAX_FDS = gauge("process_max_fds", "Maximum number of open file descriptors.");
const VIRTUAL = gauge("process_virtual_memory_bytes", "Virtual memory size in bytes.");
const MAX_VIRTUAL = gauge("process_virtual_memory_max_bytes", "Maximum amount of virtual memory available in bytes.");
const RESIDENT = gauge("process_resident_memory_bytes", "Resident memory size in bytes.");
const START = gauge("process_start_time_seconds", "Start time of the process since unix epoch in seconds.");

/** Unit of the times in `stat`: USER_HZ, 100 on every Linux that Bun and Deno run on (proc_pid_stat(5)). */
const TICKS_PER_SECOND = 100;

/** This process, from /proc/self (proc_pid_stat(5), proc_pid_limits(5)). It is always our own /proc, never the host's. */
export const processCollector: Collector<unknown> = {
  name: "process",
  metrics: () => [CPU, OPEN_FDS, MAX_FDS, VIRTUAL, MAX_VIRTUAL, RESIDENT, START],
  collect() {
    const { cpuSeconds, virtualBytes, startTicks } = parseProcessStat(readSelf("stat"));
    const bootSeconds = Number(/^btime (\d+)$/m.exec(readFileSync("/proc/stat", "latin1"))?.[1]);
    const { openFiles, addressSpaceBytes } = parseLimits(readSelf("limits"));
    return [
      CPU.sample(cpuSeconds),
      OPEN_FDS.sample(countOpenFiles()),
      MAX_FDS.sample(openFiles),
      VIRTUAL.sample(virtualBytes),
      MAX_VIRTUAL.sample(addressSpaceBytes),
      RESIDENT.sample(parseResidentBytes(readSelf("status"))),
      START.sample(bootSeconds + startTicks / TICKS_PER_SECOND),
    ];
  },
};

/** Since Linux 6.2 their number is the folder's size (proc_pid_fd(5)), which is told in a twentieth of a listing's time. */
function countOpenFiles(): number {
  const { size } = statSync("/proc/self/fd");
  return size > 0 ? size : readdirSync("/proc/self/fd").length - 1; // one of them is the listing's own
}

function readSelf(file: string): string {
  try {
    return readFileSync(`/proc/self/${file}`, "latin1");
  } catch (error) {
    throw new NoData("no /proc on this system", { cause: error });
  }
}

/** CPU time in seconds, virtual memory in bytes, and start in ticks after boot, of `/proc/PID/stat`. */
export function parseProcessStat(text: string) {
  // The command's name, in brackets, may hold blanks and brackets of its own.
  const columns = text
    .slice(text.lastIndexOf(")") + 2)
    .split(" ")
    .map(Number);
  const [user, system, start, virtualBytes] = [columns[11], columns[12], columns[19], columns[20]];
  if (user === undefined || system === undefined || start === undefined || virtualBytes === undefined) {
    throw new SyntaxError(`Cannot parse /proc/self/stat: found "${text}"`);
  }
  return { cpuSeconds: (user + system) / TICKS_PER_SECOND, startTicks: start, virtualBytes };
}

/** Soft limits of `/proc/PID/limits`: open files, and address space in bytes. No limit is the largest number there is, as client_golang has it. */
function parseLimits(text: string) {
  const soft = (name: string) => {
    const value = new RegExp(`^${name} +(\\S+)`, "m").exec(text)?.[1];
    return value === "unlimited" ? 2 ** 64 : Number(value);
  };
  return { openFiles: soft("Max open files"), addressSpaceBytes: soft("Max address space") };
}

/** `VmRSS` of `/proc/PID/status` in bytes; unlike `statm` it does not depend on the size of a page. */
function parseResidentBytes(text: string): number {
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(text)?.[1]) * 1024;
}
