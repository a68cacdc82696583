import type { Collector } from "../../collector.ts";
import { counter, gauge, type Metric, type Sample } from "../../metric.ts";
import { Cursor } from "./cursor.ts";
import { namesIn, readText } from "./files.ts";
import { keptMetrics } from "./kept-metrics.ts";
import type { HostSource } from "./source.ts";

type Family = Metric<"node">;

const families = keptMetrics<Family>();

const help = (name: string) => `Memory information field ${name}.`;

/** Fields that kernels of today have, for the documentation. */
const USUAL_FIELDS = [
  ...["MemTotal", "MemFree", "MemUsed", "SwapCached", "Active", "Inactive", "Active(anon)", "Inactive(anon)"],
  ...["Active(file)", "Inactive(file)", "Unevictable", "Mlocked", "Dirty", "Writeback", "FilePages", "Mapped"],
  ...["AnonPages", "Shmem", "KernelStack", "ShadowCallStack", "PageTables", "SecPageTables", "NFS_Unstable"],
  ...["Bounce", "WritebackTmp", "KReclaimable", "Slab", "SReclaimable", "SUnreclaim", "AnonHugePages"],
  ...["ShmemHugePages", "ShmemPmdMapped", "FileHugePages", "FilePmdMapped", "Unaccepted", "Balloon"],
  ...["HugePages_Total", "HugePages_Free", "HugePages_Surp"],
];
const USUAL_COUNTS = ["numa_hit", "numa_miss", "numa_foreign", "interleave_hit", "local_node", "other_node"];

/** Memory by use and by NUMA node, from sysfs. */
export function meminfoNuma(): Collector<HostSource> {
  return {
    name: "meminfo_numa",
    metrics: () => [...USUAL_FIELDS.map(sizeFamily), ...USUAL_COUNTS.map(countFamily)] as readonly Metric[],
    collect({ paths }) {
      const folder = `${paths.sysfs}/devices/system/node`;
      const samples: Sample[] = [];
      for (const name of namesIn(folder)) {
        const [, node] = /^node(\d+)/.exec(name) ?? [];
        if (node === undefined) continue;
        const open = (file: string) => new Cursor(readText(`${folder}/${name}/${file}`), `${name}/${file}`);
        addSizes(samples, open("meminfo"));
        addCounts(samples, open("numastat"), node);
      }
      return samples;
    },
  };
}

function sizeFamily(field: string): Family {
  return families(field, () => {
    const name = field.replace(/\((.*)\)/, "_$1");
    return gauge(`node_memory_numa_${name}`, help(name), ["node"]);
  });
}

function countFamily(key: string): Family {
  return families(`${key} total`, () => counter(`node_memory_numa_${key}_total`, help(`${key}_total`), ["node"]));
}

/** Samples of lines such as `Node 0 MemFree: 12 kB`, in bytes. */
function addSizes(samples: Sample[], cursor: Cursor): void {
  while (cursor.nextLine()) {
    if (!cursor.hasField()) continue;
    cursor.skip(1);
    const node = cursor.field();
    const metric = sizeFamily(cursor.field().replace(/:+$/, ""));
    const value = cursor.unsigned();
    const unit = cursor.rest();
    if (unit !== "" && unit !== "kB") throw cursor.error();
    samples.push(metric.sample(unit === "" ? value : value * 1024, { node }));
  }
}

/** Samples of lines such as `numa_hit 12`. */
function addCounts(samples: Sample[], cursor: Cursor, node: string): void {
  while (cursor.nextLine()) {
    if (!cursor.hasField()) continue;
    samples.push(countFamily(cursor.field()).sample(cursor.unsigned(), { node }));
    if (cursor.hasField()) throw cursor.error();
  }
}
