import type { Collector } from "../../collector.ts";
import { counter, gauge } from "../../metric.ts";
import { unsigned } from "./parse.ts";
import type { HostSource } from "./source.ts";
import { attribute, attributeIfPresent } from "./sysfs.ts";

const help = (file: string) => `ksmd '${file}' file.`;

/** Family and divisor of each file (the kernel's Documentation/admin-guide/mm/ksm.rst). */
const FILES = [
  ["full_scans", counter("node_ksmd_full_scans_total", help("full_scans")), 1],
  ...[
    "merge_across_nodes",
    "pages_shared",
    "pages_sharing",
    "pages_to_scan",
    "pages_unshared",
    "pages_volatile",
    "run",
  ].map((file) => [file, gauge(`node_ksmd_${file}`, help(file)), 1] as const),
  ["sleep_millisecs", gauge("node_ksmd_sleep_seconds", help("sleep_millisecs")), 1000],
] as const;

/** A kernel without NUMA lacks it. */
const OF_NUMA = "merge_across_nodes";

/** Memory that the kernel shares between processes that have the same in it, from sysfs. */
export function ksmd(): Collector<HostSource> {
  return {
    name: "ksmd",
    metrics: () => FILES.map(([, metric]) => metric),
    collect({ paths }) {
      return FILES.flatMap(([file, metric, divisor]) => {
        const path = `${paths.sysfs}/kernel/mm/ksm/${file}`;
        const text = file === OF_NUMA ? attributeIfPresent(path) : attribute(path);
        return text === undefined ? [] : [metric.sample(unsigned(text, path) / divisor)];
      });
    },
  };
}
