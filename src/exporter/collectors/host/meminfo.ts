import type { Collector } from "../../collector.ts";
import { gauge, type Metric } from "../../metric.ts";
import { Cursor } from "./cursor.ts";
import { readText } from "./files.ts";
import type { HostSource } from "./source.ts";

/** Keys of meminfo that are reported; new kernels' others are not (`meminfo_linux.go` of node_exporter 1.12). */
const BYTES = [
  "Active",
  "Active(anon)",
  "Active(file)",
  "AnonHugePages",
  "AnonPages",
  "Bounce",
  "Buffers",
  "Cached",
  "CmaFree",
  "CmaTotal",
  "CommitLimit",
  "Committed_AS",
  "DirectMap1G",
  "DirectMap2M",
  "DirectMap4k",
  "Dirty",
  "HardwareCorrupted",
  "Hugepagesize",
  "Inactive",
  "Inactive(anon)",
  "Inactive(file)",
  "KernelStack",
  "Mapped",
  "MemAvailable",
  "MemFree",
  "MemTotal",
  "Mlocked",
  "NFS_Unstable",
  "PageTables",
  "Percpu",
  "SReclaimable",
  "SUnreclaim",
  "Shmem",
  "ShmemHugePages",
  "ShmemPmdMapped",
  "Slab",
  "SwapCached",
  "SwapFree",
  "SwapTotal",
  "Unevictable",
  "VmallocChunk",
  "VmallocTotal",
  "VmallocUsed",
  "Writeback",
  "WritebackTmp",
  "Zswap",
  "Zswapped",
];

/** Keys whose values are numbers of pages, not sizes. */
const COUNTS = ["HugePages_Free", "HugePages_Rsvd", "HugePages_Surp", "HugePages_Total"];

const METRICS: ReadonlyMap<string, Metric<never>> = new Map([
  ...BYTES.map((key) => [key, memory(`${key.replace("(", "_").replace(")", "")}_bytes`)] as const),
  ...COUNTS.map((key) => [key, memory(key)] as const),
]);

function memory(name: string): Metric<never> {
  return gauge(`node_memory_${name}`, `Memory information field ${name}.`);
}

/** Memory by use, from `meminfo` in procfs (proc_meminfo(5)). */
export function meminfo(): Collector<HostSource> {
  return {
    name: "meminfo",
    metrics: () => [...METRICS.values()],
    collect({ paths }) {
      return parseMeminfo(readText(`${paths.procfs}/meminfo`)).flatMap(([key, value]) => {
        return METRICS.get(key)?.sample(value) ?? [];
      });
    },
  };
}

/** Keys and values in file order; a value in kB is given in bytes. */
export function parseMeminfo(text: string): [key: string, value: number][] {
  const cursor = new Cursor(text, "meminfo");
  const found: [key: string, value: number][] = [];
  while (cursor.nextLine()) {
    const key = cursor.field();
    const value = cursor.unsigned();
    const unit = cursor.rest();
    if (!key.endsWith(":") || (unit !== "" && unit !== "kB")) throw cursor.error();
    found.push([key.slice(0, -1), unit === "" ? value : value * 1024]);
  }
  return found;
}
