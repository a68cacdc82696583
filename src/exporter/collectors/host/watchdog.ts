import { type Collector, NoData } from "../../collector.ts";
import { gauge, type Sample } from "../../metric.ts";
import type { HostSource } from "./source.ts";
import { attributeIfPresent, integer, isForbidden, namesOrNoData } from "./sysfs.ts";

/** Family of each file with a number (the kernel's Documentation/ABI/testing/sysfs-class-watchdog). */
const NUMBERS = (
  [
    ["bootstatus", "bootstatus"],
    ["fw_version", "fw_version"],
    ["nowayout", "nowayout"],
    ["timeleft", "timeleft_seconds"],
    ["timeout", "timeout_seconds"],
    ["pretimeout", "pretimeout_seconds"],
    ["access_cs0", "access_cs0"],
  ] as const
).map(([file, name]) => {
  return [file, gauge(`node_watchdog_${name}`, `Value of /sys/class/watchdog/<watchdog>/${file}`, ["name"])] as const;
});

const INFO = gauge("node_watchdog_info", "Info of /sys/class/watchdog/<watchdog>", [
  "name",
  "options",
  "identity",
  "state",
  "status",
  "pretimeout_governor",
]);

/** State of hardware watchdogs, from sysfs. */
export function watchdog(): Collector<HostSource> {
  return {
    name: "watchdog",
    metrics: () => [...NUMBERS.map(([, metric]) => metric), INFO],
    collect({ paths }) {
      const folder = `${paths.sysfs}/class/watchdog`;
      const names = namesOrNoData(folder, "no watchdog");
      try {
        return names.flatMap((name) => watchdogSamples(`${folder}/${name}`, name));
      } catch (error) {
        if (isForbidden(error)) throw new NoData("the watchdog is for root only");
        throw error;
      }
    },
  };
}

function watchdogSamples(folder: string, name: string): Sample[] {
  const samples: Sample[] = [];
  const labels = NUMBERS[0]![1].labels({ name });
  for (const [file, metric] of NUMBERS) {
    const path = `${folder}/${file}`;
    const text = attributeIfPresent(path);
    if (text !== undefined) samples.push(metric.sample(integer(text, path), labels));
  }
  const word = (file: string) => attributeIfPresent(`${folder}/${file}`) ?? "";
  const [options, identity, state, status] = [word("options"), word("identity"), word("state"), word("status")];
  const pretimeout_governor = word("pretimeout_governor");
  samples.push(INFO.sample(1, { name, options, identity, state, status, pretimeout_governor }));
  return samples;
}
