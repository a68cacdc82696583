import { type Collector, NoData } from "../../collector.ts";
import { counter, type Labels, type Sample } from "../../metric.ts";
import { readTextIfPresent } from "./files.ts";
import type { HostSource } from "./source.ts";

const RUNNING = counter("node_schedstat_running_seconds_total", "Number of seconds CPU spent running a process.", [
  "cpu",
]);
const WAITING = counter(
  "node_schedstat_waiting_seconds_total",
  "Number of seconds spent by processing waiting for this CPU.",
  ["cpu"],
);
const TIMESLICES = counter("node_schedstat_timeslices_total", "Number of timeslices executed by CPU.", ["cpu"]);

const NANOSECONDS_PER_SECOND = 1e9;

/** The scheduler's counters of each CPU, from `schedstat` in procfs (sched-stats in the kernel's documentation). */
export function schedstat(): Collector<HostSource> {
  let cpus = new Map<string, Labels<"cpu">>();
  return {
    name: "schedstat",
    metrics: () => [RUNNING, WAITING, TIMESLICES],
    collect({ paths }) {
      const text = readTextIfPresent(`${paths.procfs}/schedstat`);
      if (text === undefined) throw new NoData("the kernel keeps no scheduler statistics");
      const samples: Sample[] = [];
      const present = new Map<string, Labels<"cpu">>();
      for (const { cpu, runningNanoseconds, waitingNanoseconds, timeslices } of parseSchedstat(text)) {
        const labels = cpus.get(cpu) ?? RUNNING.labels({ cpu });
        present.set(cpu, labels);
        samples.push(RUNNING.sample(runningNanoseconds / NANOSECONDS_PER_SECOND, labels));
        samples.push(WAITING.sample(waitingNanoseconds / NANOSECONDS_PER_SECOND, labels));
        samples.push(TIMESLICES.sample(timeslices, labels));
      }
      cpus = present;
      return samples;
    },
  };
}

/** One CPU's line. */
export interface CpuSchedstat {
  readonly cpu: string;
  readonly runningNanoseconds: number;
  readonly waitingNanoseconds: number;
  readonly timeslices: number;
}

/** The last three of a CPU's nine columns; the first six are of the scheduler's own code paths. */
const CPU_LINE = /^cpu(\d+)(?: \d+){6} (\d+) (\d+) (\d+)/gm;

/** CPUs in file order. Lines of domains, and whatever else a kernel writes, are passed over. */
export function parseSchedstat(text: string): CpuSchedstat[] {
  const cpus: CpuSchedstat[] = [];
  for (const [, cpu = "", running, waiting, timeslices] of text.matchAll(CPU_LINE)) {
    cpus.push({
      cpu,
      runningNanoseconds: Number(running),
      waitingNanoseconds: Number(waiting),
      timeslices: Number(timeslices),
    });
  }
  return cpus;
}
