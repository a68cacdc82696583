import type { Collector } from "../../collector.ts";
import type { Sample } from "../../metric.ts";
import { CPU_INFO_METRICS, cpuInfoSamples } from "./cpu-info.ts";
import { CPU_SECONDS_METRICS, cpuSecondsReader } from "./cpu-seconds.ts";
import { CPU_TOPOLOGY_METRICS, cpuTopologySamples } from "./cpu-topology.ts";
import { readText } from "./files.ts";
import { parseCpuSeconds } from "./proc-stat.ts";
import { regExpSetting, type Settings, switchSetting } from "./settings.ts";
import type { HostSource } from "./source.ts";

/** Settings of {@linkcode cpu}. */
export const cpuSettings = {
  "collector.cpu.guest": switchSetting(true, "Export node_cpu_guest_seconds_total"),
  "collector.cpu.info": switchSetting(false, "Export node_cpu_info"),
  "collector.cpu.info.flags-include": regExpSetting("", "Regexp of CPU flags to export; turns collector.cpu.info on"),
  "collector.cpu.info.bugs-include": regExpSetting("", "Regexp of CPU bugs to export; turns collector.cpu.info on"),
};

/** What {@linkcode cpu} takes. It exports frequencies only where the `cpufreq` collector is on, which is the default. */
export type CpuSettings = Settings<typeof cpuSettings> & { readonly "collector.cpufreq"?: boolean };

/** Time that each CPU spent in each mode, and what the kernel says of the CPUs. */
export function cpu(settings: CpuSettings): Collector<HostSource> {
  const flags = settings["collector.cpu.info.flags-include"];
  const bugs = settings["collector.cpu.info.bugs-include"];
  const withInfo = settings["collector.cpu.info"] || flags !== undefined || bugs !== undefined;
  const withFrequency = settings["collector.cpufreq"] ?? true;
  const secondsSamples = cpuSecondsReader({ withGuest: settings["collector.cpu.guest"] });
  return {
    name: "cpu",
    metrics: () => [...CPU_SECONDS_METRICS, ...CPU_TOPOLOGY_METRICS, ...(withInfo ? CPU_INFO_METRICS : [])],
    collect(source) {
      const { procfs, sysfs } = source.paths;
      const samples: Sample[] = secondsSamples(parseCpuSeconds(source.procStat()));
      samples.push(...cpuTopologySamples(`${sysfs}/devices/system/cpu`));
      if (withInfo) samples.push(...cpuInfoSamples(readText(`${procfs}/cpuinfo`), { flags, bugs, withFrequency }));
      return samples;
    },
  };
}
