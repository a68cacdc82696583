import type { Collector } from "../../collector.ts";
import { counter, gauge, type Labels, type Metric, type Sample } from "../../metric.ts";
import { Cursor } from "./cursor.ts";
import { readText } from "./files.ts";
import { keptMetrics } from "./kept-metrics.ts";
import type { HostSource } from "./source.ts";

const LABELS = ["node", "zone"] as const;

type Family = Metric<(typeof LABELS)[number]>;

/** Families by key (proc_zoneinfo(5)); new kernels' others are not reported. */
const FAMILIES: ReadonlyMap<string, Family> = new Map<string, Family>([
  ["nr_free_pages", gauge("node_zoneinfo_nr_free_pages", "Total number of free pages in the zone", LABELS)],
  ["min", gauge("node_zoneinfo_min_pages", "Zone watermark pages_min", LABELS)],
  ["low", gauge("node_zoneinfo_low_pages", "Zone watermark pages_low", LABELS)],
  ["high", gauge("node_zoneinfo_high_pages", "Zone watermark pages_high", LABELS)],
  ["scanned", gauge("node_zoneinfo_scanned_pages", "Pages scanned since last reclaim", LABELS)],
  ["spanned", gauge("node_zoneinfo_spanned_pages", "Total pages spanned by the zone, including holes", LABELS)],
  ["present", gauge("node_zoneinfo_present_pages", "Physical pages existing within the zone", LABELS)],
  ["managed", gauge("node_zoneinfo_managed_pages", "Present pages managed by the buddy system", LABELS)],
  [
    "nr_active_anon",
    gauge("node_zoneinfo_nr_active_anon_pages", "Number of anonymous pages recently more used", LABELS),
  ],
  [
    "nr_inactive_anon",
    gauge("node_zoneinfo_nr_inactive_anon_pages", "Number of anonymous pages recently less used", LABELS),
  ],
  ["nr_isolated_anon", gauge("node_zoneinfo_nr_isolated_anon_pages", "Temporary isolated pages from anon lru", LABELS)],
  [
    "nr_anon_pages",
    gauge("node_zoneinfo_nr_anon_pages", "Number of anonymous pages currently used by the system", LABELS),
  ],
  [
    "nr_anon_transparent_hugepages",
    gauge(
      "node_zoneinfo_nr_anon_transparent_hugepages",
      "Number of anonymous transparent huge pages currently used by the system",
      LABELS,
    ),
  ],
  ["nr_active_file", gauge("node_zoneinfo_nr_active_file_pages", "Number of active pages with file-backing", LABELS)],
  [
    "nr_inactive_file",
    gauge("node_zoneinfo_nr_inactive_file_pages", "Number of inactive pages with file-backing", LABELS),
  ],
  ["nr_isolated_file", gauge("node_zoneinfo_nr_isolated_file_pages", "Temporary isolated pages from file lru", LABELS)],
  ["nr_file_pages", gauge("node_zoneinfo_nr_file_pages", "Number of file pages", LABELS)],
  ["nr_slab_reclaimable", gauge("node_zoneinfo_nr_slab_reclaimable_pages", "Number of reclaimable slab pages", LABELS)],
  [
    "nr_slab_unreclaimable",
    gauge("node_zoneinfo_nr_slab_unreclaimable_pages", "Number of unreclaimable slab pages", LABELS),
  ],
  ["nr_mlock_stack", gauge("node_zoneinfo_nr_mlock_stack_pages", "mlock()ed pages found and moved off LRU", LABELS)],
  ["nr_kernel_stack", gauge("node_zoneinfo_nr_kernel_stacks", "Number of kernel stacks", LABELS)],
  ["nr_mapped", gauge("node_zoneinfo_nr_mapped_pages", "Number of mapped pages", LABELS)],
  ["nr_dirty", gauge("node_zoneinfo_nr_dirty_pages", "Number of dirty pages", LABELS)],
  ["nr_writeback", gauge("node_zoneinfo_nr_writeback_pages", "Number of writeback pages", LABELS)],
  ["nr_unevictable", gauge("node_zoneinfo_nr_unevictable_pages", "Number of unevictable pages", LABELS)],
  ["nr_shmem", gauge("node_zoneinfo_nr_shmem_pages", "Number of shmem pages (included tmpfs/GEM pages)", LABELS)],
  ["nr_dirtied", counter("node_zoneinfo_nr_dirtied_total", "Page dirtyings since bootup", LABELS)],
  ["nr_written", counter("node_zoneinfo_nr_written_total", "Page writings since bootup", LABELS)],
  ["numa_hit", counter("node_zoneinfo_numa_hit_total", "Allocated in intended node", LABELS)],
  ["numa_miss", counter("node_zoneinfo_numa_miss_total", "Allocated in non intended node", LABELS)],
  ["numa_foreign", counter("node_zoneinfo_numa_foreign_total", "Was intended here, hit elsewhere", LABELS)],
  ["numa_interleave", counter("node_zoneinfo_numa_interleave_total", "Interleaver preferred this zone", LABELS)],
  ["numa_local", counter("node_zoneinfo_numa_local_total", "Allocation from local node", LABELS)],
  ["numa_other", counter("node_zoneinfo_numa_other_total", "Allocation from other node", LABELS)],
]);

const protections = keptMetrics<Family>();

/** Zones of memory that kernels may have, and with that the length of the list. */
const USUAL_ZONES = 5;

/** Pages of each zone of memory by use, from `zoneinfo` in procfs. What a node counts as a whole is with its first zone. */
export function zoneinfo(): Collector<HostSource> {
  return {
    name: "zoneinfo",
    metrics: [...FAMILIES.values(), ...Array.from({ length: USUAL_ZONES }, (_, i) => protectionFamily(i))],
    collect({ paths }) {
      return zoneSamples(readText(`${paths.procfs}/zoneinfo`));
    },
  };
}

function protectionFamily(index: number): Family {
  const make = () => gauge(`node_zoneinfo_protection_${index}`, `Protection array ${index}. field`, LABELS);
  return protections(String(index), make);
}

/** Samples of blocks, each below a line such as `Node 0, zone DMA`. */
export function zoneSamples(text: string): Sample[] {
  const cursor = new Cursor(text, "zoneinfo");
  const samples: Sample[] = [];
  let labels: Labels<"node" | "zone"> | undefined;
  /** Of a zone, so that the last of several values of a key counts. */
  let values = new Map<Family, number>();
  const finish = () => {
    for (const [metric, value] of values) samples.push(metric.sample(value, labels));
  };
  while (cursor.nextLine()) {
    const [, node, zone] = /^Node (\d+), zone\s+(\w+)/.exec(cursor.line) ?? [];
    if (node !== undefined && zone !== undefined) {
      finish();
      values = new Map();
      labels = FAMILIES.get("min")!.labels({ node, zone });
    } else if (labels !== undefined) addLine(values, cursor);
    else if (cursor.hasField()) throw cursor.error();
  }
  finish();
  return samples;
}

/** Adds the value of a line such as `min 5`, or those of `protection: (0, 3, 4)`. */
function addLine(values: Map<Family, number>, cursor: Cursor): void {
  const key = cursor.field();
  const metric = FAMILIES.get(key);
  if (metric && cursor.hasField()) values.set(metric, cursor.integer());
  if (key !== "protection:") return;
  const list = /^\(\d+(, \d+)*\)$/.exec(cursor.rest())?.[0] ?? "()";
  for (const [i, value] of (list.match(/\d+/g) ?? []).entries()) values.set(protectionFamily(i), Number(value));
}
