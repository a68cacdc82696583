import type { Collector } from "../../collector.ts";
import { counter, gauge, type Labels, type Metric, type Sample } from "../../metric.ts";
import { Cursor } from "./cursor.ts";
import { readText } from "./files.ts";
import { keptMetrics } from "./kept-metrics.ts";
import type { HostSource } from "./source.ts";

const LABELS = ["node", "zone"] as const;

type Family = Metric<(typeof LABELS)[number]>;

/** Families by key (proc_zoneinfo(5)); new kernels' others are not reported. */
const FAMILIES: ReadonlyMap<string, Family> = new Map(
  (
    [
      ["nr_free_pages", "nr_free_pages", "Total number of free pages in the zone"],
      ["min", "min_pages", "Zone watermark pages_min"],
      ["low", "low_pages", "Zone watermark pages_low"],
      ["high", "high_pages", "Zone watermark pages_high"],
      ["scanned", "scanned_pages", "Pages scanned since last reclaim"],
      ["spanned", "spanned_pages", "Total pages spanned by the zone, including holes"],
      ["present", "present_pages", "Physical pages existing within the zone"],
      ["managed", "managed_pages", "Present pages managed by the buddy system"],
      ["nr_active_anon", "nr_active_anon_pages", "Number of anonymous pages recently more used"],
      ["nr_inactive_anon", "nr_inactive_anon_pages", "Number of anonymous pages recently less used"],
      ["nr_isolated_anon", "nr_isolated_anon_pages", "Temporary isolated pages from anon lru"],
      ["nr_anon_pages", "nr_anon_pages", "Number of anonymous pages currently used by the system"],
      [
        "nr_anon_transparent_hugepages",
        "nr_anon_transparent_hugepages",
        "Number of anonymous transparent huge pages currently used by the system",
      ],
      ["nr_active_file", "nr_active_file_pages", "Number of active pages with file-backing"],
      ["nr_inactive_file", "nr_inactive_file_pages", "Number of inactive pages with file-backing"],
      ["nr_isolated_file", "nr_isolated_file_pages", "Temporary isolated pages from file lru"],
      ["nr_file_pages", "nr_file_pages", "Number of file pages"],
      ["nr_slab_reclaimable", "nr_slab_reclaimable_pages", "Number of reclaimable slab pages"],
      ["nr_slab_unreclaimable", "nr_slab_unreclaimable_pages", "Number of unreclaimable slab pages"],
      ["nr_mlock_stack", "nr_mlock_stack_pages", "mlock()ed pages found and moved off LRU"],
      ["nr_kernel_stack", "nr_kernel_stacks", "Number of kernel stacks"],
      ["nr_mapped", "nr_mapped_pages", "Number of mapped pages"],
      ["nr_dirty", "nr_dirty_pages", "Number of dirty pages"],
      ["nr_writeback", "nr_writeback_pages", "Number of writeback pages"],
      ["nr_unevictable", "nr_unevictable_pages", "Number of unevictable pages"],
      ["nr_shmem", "nr_shmem_pages", "Number of shmem pages (included tmpfs/GEM pages)"],
      ["nr_dirtied", "nr_dirtied_total", "Page dirtyings since bootup"],
      ["nr_written", "nr_written_total", "Page writings since bootup"],
      ["numa_hit", "numa_hit_total", "Allocated in intended node"],
      ["numa_miss", "numa_miss_total", "Allocated in non intended node"],
      ["numa_foreign", "numa_foreign_total", "Was intended here, hit elsewhere"],
      ["numa_interleave", "numa_interleave_total", "Interleaver preferred this zone"],
      ["numa_local", "numa_local_total", "Allocation from local node"],
      ["numa_other", "numa_other_total", "Allocation from other node"],
    ] as const
  ).map(([key, name, help]) => {
    const make = name.endsWith("_total") ? counter : gauge;
    return [key, make(`node_zoneinfo_${name}`, help, LABELS)];
  }),
);

const protections = keptMetrics<Family>();

/** Zones of memory that kernels may have, and with that the length of the list. */
const USUAL_ZONES = 5;

/** Pages of each zone of memory by use, from `zoneinfo` in procfs. What a node counts as a whole is with its first zone. */
export function zoneinfo(): Collector<HostSource> {
  return {
    name: "zoneinfo",
    metrics: () => [...FAMILIES.values(), ...Array.from({ length: USUAL_ZONES }, (_, i) => protectionFamily(i))],
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
