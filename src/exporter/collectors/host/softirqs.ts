import type { Collector } from "../../collector.ts";
import { counter, type Sample } from "../../metric.ts";
import { Cursor } from "./cursor.ts";
import { readText } from "./files.ts";
import type { HostSource } from "./source.ts";

const FUNCTIONS = counter("node_softirqs_functions_total", "Softirq counts per CPU.", ["cpu", "type"]);

const TYPES = ["HI", "TIMER", "NET_TX", "NET_RX", "BLOCK", "IRQ_POLL", "TASKLET", "SCHED", "HRTIMER", "RCU"];

/** Soft interrupts by CPU and type, from `softirqs` in procfs (proc_softirqs(5)). */
export function softirqs(): Collector<HostSource> {
  return {
    name: "softirqs",
    metrics: () => [FUNCTIONS],
    collect({ paths }) {
      return softirqSamples(readText(`${paths.procfs}/softirqs`));
    },
  };
}

/** Samples of lines such as `HI: 1 0`, below a heading of CPUs, which here are counted from 0. */
export function softirqSamples(text: string): Sample[] {
  const cursor = new Cursor(text, "softirqs");
  if (!cursor.nextLine()) throw cursor.error();
  const samples: Sample[] = [];
  while (cursor.nextLine()) {
    const type = cursor.before(":")?.trim() ?? "";
    if (!TYPES.includes(type)) continue;
    for (let cpu = 0; cursor.hasField(); cpu++) {
      samples.push(FUNCTIONS.sample(cursor.unsigned(), { cpu: String(cpu), type }));
    }
  }
  return samples;
}
