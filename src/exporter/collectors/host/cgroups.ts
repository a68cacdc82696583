import type { Collector } from "../../collector.ts";
import { gauge, type Sample } from "../../metric.ts";
import { Cursor } from "./cursor.ts";
import { readText } from "./files.ts";
import type { HostSource } from "./source.ts";

const CGROUPS = gauge("node_cgroups_cgroups", "Current cgroup number of the subsystem.", ["subsys_name"]);
const ENABLED = gauge("node_cgroups_enabled", "Current cgroup number of the subsystem.", ["subsys_name"]);

/** Control groups by controller, from `cgroups` in procfs (cgroups(7)). */
export function cgroups(): Collector<HostSource> {
  return {
    name: "cgroups",
    metrics: () => [CGROUPS, ENABLED],
    collect({ paths }) {
      return cgroupSamples(readText(`${paths.procfs}/cgroups`));
    },
  };
}

/** Samples of lines of a name, a hierarchy, a number of groups, and 1 where the controller is enabled. */
export function cgroupSamples(text: string): Sample[] {
  const cursor = new Cursor(text, "cgroups");
  const samples: Sample[] = [];
  while (cursor.nextLine()) {
    if (cursor.line.startsWith("#")) continue;
    const labels = CGROUPS.labels({ subsys_name: cursor.field() });
    cursor.integer();
    samples.push(CGROUPS.sample(cursor.integer(), labels), ENABLED.sample(cursor.integer(), labels));
  }
  return samples;
}
