import { type Collector, NoData } from "../../collector.ts";
import { counter, type Metric } from "../../metric.ts";
import { filled } from "./filled.ts";
import { keptMetrics } from "./kept-metrics.ts";
import { unsigned } from "./parse.ts";
import type { Settings } from "./settings.ts";
import { switchSetting } from "./settings.ts";
import type { HostSource } from "./source.ts";
import { attributeIfPresent, isForbidden, namesOrNoData } from "./sysfs.ts";

/** Settings of {@linkcode rapl}. */
export const raplSettings = {
  "collector.rapl.enable-zone-label": switchSetting(
    false,
    "Export node_rapl_joules_total with the zone as a label instead of one family a zone",
  ),
};

const MICROJOULES_PER_JOULE = 1e6;

const JOULES = counter("node_rapl_joules_total", "Current RAPL value in joules", ["index", "path", "rapl_zone"]);

const ofZones = keptMetrics<Metric<"index" | "path">>();

function zoneMetric(zone: string): Metric<"index" | "path"> {
  const name = `node_rapl_${zone.replace(/_*[^0-9A-Za-z_]+_*/g, "_")}_joules_total`;
  return ofZones(zone, () => counter(name, `Current RAPL ${zone} value in joules`, ["index", "path"]));
}

/**
 * Energy that power zones have used, from powercap in sysfs (the kernel's Documentation/power/powercap/powercap.rst).
 * Kernels since 5.10 let only root read it: for others there is no data.
 */
export function rapl(settings: Settings<typeof raplSettings>): Collector<HostSource> {
  const withLabel = settings["collector.rapl.enable-zone-label"];
  return {
    name: "rapl",
    metrics: () => (withLabel ? [JOULES] : ["package", "core", "uncore", "dram", "psys"].map(zoneMetric)),
    collect({ paths }) {
      const folder = `${paths.sysfs}/class/powercap`;
      const names = namesOrNoData(folder, "no powercap");
      return filled((samples) => {
        const used = new Map<string, number>();
        for (const name of names) {
          const path = `${folder}/${name}`;
          const given = attributeIfPresent(`${path}/name`);
          if (given === undefined) continue;
          const { zone, index } = zoneOf(given, used);
          used.set(zone, index + 1);
          const joules = joulesOf(path);
          if (joules === undefined) continue;
          const labels = { index: `${index}`, path };
          samples.push(
            withLabel ? JOULES.sample(joules, { ...labels, rapl_zone: zone }) : zoneMetric(zone).sample(joules, labels),
          );
        }
      });
    },
  };
}

/** Zones have a number in their names (`package-1`), or the same name as another one (`dram`), and are then counted. */
function zoneOf(given: string, used: ReadonlyMap<string, number>): { zone: string; index: number } {
  const [, zone, index] = /^([^-]*)-([+]?\d+)$/.exec(given) ?? [];
  return zone === undefined ? { zone: given, index: used.get(given) ?? 0 } : { zone, index: Number(index) };
}

/** Undefined for zones that limit power without a meter of energy. */
function joulesOf(path: string): number | undefined {
  try {
    const text = attributeIfPresent(`${path}/energy_uj`);
    return text === undefined ? undefined : unsigned(text, `${path}/energy_uj`) / MICROJOULES_PER_JOULE;
  } catch (error) {
    if (isForbidden(error)) throw new NoData("energy_uj is for root only");
    throw error;
  }
}
