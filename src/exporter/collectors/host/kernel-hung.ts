import { type Collector, NoData } from "../../collector.ts";
import { counter } from "../../metric.ts";
import { readTextIfPresent } from "./files.ts";
import { unsigned } from "./parse.ts";
import type { HostSource } from "./source.ts";

const TASKS = counter(
  "node_kernel_hung_tasks_total",
  "Total number of tasks that have been detected as hung since the system booted.",
);

/** Tasks that the kernel saw blocked for too long, from procfs. Kernels before 6.13 do not count them. */
export function kernelHung(): Collector<HostSource> {
  return {
    name: "kernel_hung",
    metrics: () => [TASKS],
    collect({ paths }) {
      const path = `${paths.procfs}/sys/kernel/hung_task_detect_count`;
      const text = readTextIfPresent(path);
      if (text === undefined) throw new NoData("no count of hung tasks");
      return [TASKS.sample(unsigned(text.trim(), path))];
    },
  };
}
