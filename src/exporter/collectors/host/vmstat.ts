import type { Collector } from "../../collector.ts";
import { type Metric, type Sample, unknown } from "../../metric.ts";
import { Cursor } from "./cursor.ts";
import { readText } from "./files.ts";
import { keptMetrics } from "./kept-metrics.ts";
import { regExpSetting, type Settings } from "./settings.ts";
import type { HostSource } from "./source.ts";

/** Settings of {@linkcode vmstat}. */
export const vmstatSettings = {
  "collector.vmstat.fields": regExpSetting("^(oom_kill|pgpg|pswp|pg.*fault).*", "Regexp of the fields to report"),
};

/** Fields that the default pattern finds on every kernel. */
const USUAL = ["oom_kill", "pgfault", "pgmajfault", "pgpgin", "pgpgout", "pswpin", "pswpout"];

/** A kernel has some 200 fields. More than this is not a kernel's file, and is not remembered. */
const FIELDS_REMEMBERED = 1000;

/** Counters and gauges of virtual memory, from `vmstat` in procfs (proc_vmstat(5)), which does not tell which is which. */
export function vmstat(settings: Settings<typeof vmstatSettings>): Collector<HostSource> {
  const pattern = settings["collector.vmstat.fields"];
  /** Family of each field, undefined for one that is not reported. */
  const families = new Map<string, Metric<never> | undefined>();
  const familyOf = (field: string) => {
    if (families.has(field)) return families.get(field);
    const family = pattern === undefined || pattern.test(field) ? describe(field) : undefined;
    if (families.size < FIELDS_REMEMBERED) families.set(field, family);
    return family;
  };
  return {
    name: "vmstat",
    metrics: () => USUAL.map(describe),
    collect({ paths }) {
      return vmstatSamples(readText(`${paths.procfs}/vmstat`), familyOf);
    },
  };
}

const described = keptMetrics<Metric<never>>();

function describe(field: string): Metric<never> {
  return described(field, () => unknown(`node_vmstat_${field}`, `/proc/vmstat information field ${field}.`));
}

/** Samples of the fields that have a family, in file order. */
function vmstatSamples(text: string, familyOf: (field: string) => Metric<never> | undefined): Sample[] {
  const samples: Sample[] = [];
  const cursor = new Cursor(text, "vmstat");
  while (cursor.nextLine()) {
    const family = familyOf(cursor.field());
    if (!cursor.hasField()) throw cursor.error();
    if (family) samples.push(family.sample(cursor.unsigned()));
    else cursor.skip(1);
    if (cursor.hasField()) throw cursor.error();
  }
  return samples;
}
