import type { Collector } from "../../collector.ts";
import { counter, gauge, type Sample } from "../../metric.ts";
import { statLine } from "./proc-stat.ts";
import type { Settings } from "./settings.ts";
import { switchSetting } from "./settings.ts";
import type { HostSource } from "./source.ts";

/** Settings of {@linkcode stat}. */
export const statSettings = {
  "collector.stat.softirq": switchSetting(false, "Export softirq calls per vector"),
};

/** Families that hold the first value of one line, by the line's key (proc_stat(5)). */
const LINES = {
  intr: counter("node_intr_total", "Total number of interrupts serviced."),
  ctxt: counter("node_context_switches_total", "Total number of context switches."),
  processes: counter("node_forks_total", "Total number of forks."),
  btime: gauge("node_boot_time_seconds", "Node boot time, in unixtime."),
  procs_running: gauge("node_procs_running", "Number of processes in runnable state."),
  procs_blocked: gauge("node_procs_blocked", "Number of processes blocked waiting for I/O to complete."),
};

const SOFTIRQS = counter("node_softirqs_total", "Number of softirq calls.", ["vector"]);

/** Columns of the `softirq` line after its total, in order (`softirq_to_name` of the kernel). */
const VECTORS = ["hi", "timer", "net_tx", "net_rx", "block", "block_iopoll", "tasklet", "sched", "hrtimer", "rcu"];

/** Interrupts, context switches, forks and boot time, from `stat` in procfs. */
export function stat(settings: Settings<typeof statSettings>): Collector<HostSource> {
  const withSoftirqs = settings["collector.stat.softirq"];
  return {
    name: "stat",
    metrics: () => (withSoftirqs ? [...Object.values(LINES), SOFTIRQS] : Object.values(LINES)),
    collect(source) {
      const text = source.procStat();
      const samples: Sample[] = [];
      for (const [key, metric] of Object.entries(LINES)) {
        const value = statLine(text, key, 1)?.[0];
        if (value !== undefined) samples.push(metric.sample(value));
      }
      if (withSoftirqs) samples.push(...softirqSamples(text));
      return samples;
    },
  };
}

function softirqSamples(text: string): Sample[] {
  const counts = statLine(text, "softirq", VECTORS.length + 1)?.slice(1);
  if (!counts) return [];
  if (counts.length < VECTORS.length)
    throw new SyntaxError(`Cannot parse stat: found ${counts.length} softirq vectors`);
  return VECTORS.map((vector, i) => SOFTIRQS.sample(counts[i]!, { vector }));
}
