import type { Collector } from "../../collector.ts";
import { gauge, type Sample } from "../../metric.ts";
import { namesIn, readText } from "./files.ts";
import { fields } from "./parse.ts";
import type { HostSource } from "./source.ts";

const SECONDS = gauge("node_time_seconds", "System time in seconds since epoch (1970).");
const ZONE_OFFSET = gauge("node_time_zone_offset_seconds", "System time zone offset in seconds.", ["time_zone"]);
const AVAILABLE = gauge(
  "node_time_clocksource_available_info",
  "Available clocksources read from '/sys/devices/system/clocksource'.",
  ["device", "clocksource"],
);
const CURRENT = gauge(
  "node_time_clocksource_current_info",
  "Current clocksource read from '/sys/devices/system/clocksource'.",
  ["device", "clocksource"],
);

/** The clock, its time zone, and the kernel's clock sources from sysfs. */
export function time(): Collector<HostSource> {
  return {
    name: "time",
    metrics: () => [SECONDS, ZONE_OFFSET, AVAILABLE, CURRENT],
    collect({ paths, now, zoneAt }) {
      const seconds = now() / 1000;
      const { name, offsetSeconds } = zoneAt(seconds);
      return [
        SECONDS.sample(seconds),
        ZONE_OFFSET.sample(offsetSeconds, { time_zone: name }),
        ...clocksourceSamples(`${paths.sysfs}/devices/system/clocksource`),
      ];
    },
  };
}

function clocksourceSamples(folder: string): Sample[] {
  const names = namesIn(folder).filter((name) => /^clocksource\d/.test(name));
  return names.flatMap((name, i) => {
    // The label is the position in the sorted list, as in node_exporter; there is one device in practice.
    const device = `${i}`;
    const current = readText(`${folder}/${name}/current_clocksource`).trim();
    return [
      ...fields(readText(`${folder}/${name}/available_clocksource`)).map((clocksource) => {
        return AVAILABLE.sample(1, { device, clocksource });
      }),
      CURRENT.sample(1, { device, clocksource: current }),
    ];
  });
}
