import type { Collector } from "../../collector.ts";
import { gauge, type Sample } from "../../metric.ts";
import { Cursor } from "./cursor.ts";
import { readText } from "./files.ts";
import type { HostSource } from "./source.ts";

const LABELS = ["device", "swap_type"] as const;
const SIZE = gauge("node_swap_size_bytes", "Swap device size in bytes.", LABELS);
const USED = gauge("node_swap_used_bytes", "Swap device used in bytes.", LABELS);
const PRIORITY = gauge("node_swap_priority", "Swap device priority.", LABELS);

/** Devices and files that memory is swapped to, from `swaps` in procfs (proc_swaps(5)). */
export function swap(): Collector<HostSource> {
  return {
    name: "swap",
    metrics: () => [SIZE, USED, PRIORITY],
    collect({ paths }) {
      return swapSamples(readText(`${paths.procfs}/swaps`));
    },
  };
}

/** Samples of lines below a heading, whose sizes are in KiB. */
export function swapSamples(text: string): Sample[] {
  const cursor = new Cursor(text, "swaps");
  const samples: Sample[] = [];
  cursor.nextLine();
  while (cursor.nextLine()) {
    const labels = SIZE.labels({ device: cursor.field(), swap_type: cursor.field() });
    samples.push(SIZE.sample(cursor.integer() * 1024, labels), USED.sample(cursor.integer() * 1024, labels));
    samples.push(PRIORITY.sample(cursor.integer(), labels));
  }
  return samples;
}
