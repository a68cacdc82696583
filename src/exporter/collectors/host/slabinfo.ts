import type { Collector } from "../../collector.ts";
import { gauge, type Sample } from "../../metric.ts";
import { Cursor } from "./cursor.ts";
import { readText } from "./files.ts";
import { type NameFilter, nameFilter } from "./filter.ts";
import { regExpSetting, type Settings } from "./settings.ts";
import type { HostSource } from "./source.ts";

/** Settings of {@linkcode slabinfo}. */
export const slabinfoSettings = {
  "collector.slabinfo.slabs-include": regExpSetting(".*", "Regexp of slabs to report"),
  "collector.slabinfo.slabs-exclude": regExpSetting("", "Regexp of slabs to leave out of those"),
};

const slabGauge = (name: string, help: string) => gauge(`node_slabinfo_${name}`, help, ["slab"]);

/** Families in the order of the file's columns after the name. */
const COLUMNS = [
  slabGauge("active_objects", "The number of objects that are currently active (i.e., in use)."),
  slabGauge("objects", "The total number of allocated objects (i.e., objects that are both in use and not in use)."),
  slabGauge("object_size_bytes", "The size of objects in this slab, in bytes."),
  slabGauge("objects_per_slab", "The number of objects stored in each slab."),
  slabGauge("pages_per_slab", "The number of pages allocated for each slab."),
] as const;

/** Columns of a line, with its colons and headings of groups. */
const FIELDS = 16;

/** The kernel's object caches, from `slabinfo` in procfs (slabinfo(5)), which is for root only. */
export function slabinfo(settings: Settings<typeof slabinfoSettings>): Collector<HostSource> {
  const isReported = nameFilter({
    exclude: settings["collector.slabinfo.slabs-exclude"],
    include: settings["collector.slabinfo.slabs-include"],
  });
  return {
    name: "slabinfo",
    metrics: () => COLUMNS,
    collect({ paths }) {
      return slabSamples(readText(`${paths.procfs}/slabinfo`), isReported);
    },
  };
}

/** Samples of a text of version 2.1, which kernels have since 2.6.10. */
export function slabSamples(text: string, isReported: NameFilter): Sample[] {
  const cursor = new Cursor(text, "slabinfo");
  const samples: Sample[] = [];
  const seen = new Set<string>();
  while (cursor.nextLine()) {
    if (cursor.line.includes("slabinfo -") || cursor.line.includes("# name")) continue;
    const slab = cursor.field();
    const values = COLUMNS.map(() => cursor.integer());
    let fields = 1 + COLUMNS.length;
    for (; cursor.hasField(); fields++) cursor.skip(1);
    if (fields !== FIELDS) throw cursor.error();
    // Two modules may give their caches one name: the first is reported, as by node_exporter.
    if (!isReported(slab) || seen.size === seen.add(slab).size) continue;
    const labels = COLUMNS[0].labels({ slab });
    for (const [i, metric] of COLUMNS.entries()) samples.push(metric.sample(values[i]!, labels));
  }
  return samples;
}
