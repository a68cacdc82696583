import type { Collector } from "../../collector.ts";
import { gauge, type Sample } from "../../metric.ts";
import { namesIn } from "./files.ts";
import type { HostSource } from "./source.ts";
import { integer, listedAttribute } from "./sysfs.ts";

const TEMPERATURE = gauge("node_thermal_zone_temp", "Zone temperature in Celsius", ["zone", "type"]);
const STATE = gauge("node_cooling_device_cur_state", "Current throttle state of the cooling device", ["name", "type"]);
const MAX_STATE = gauge("node_cooling_device_max_state", "Maximum throttle state of the cooling device", [
  "name",
  "type",
]);

const MILLIDEGREES_PER_DEGREE = 1000;

/**
 * Temperatures of thermal zones and states of cooling devices, from sysfs (the kernel's
 * Documentation/driver-api/thermal/sysfs-api.rst). A zone whose sensor does not answer is absent, not at 0 °C.
 */
export function thermalZone(): Collector<HostSource> {
  return {
    name: "thermal_zone",
    metrics: () => [TEMPERATURE, STATE, MAX_STATE],
    collect({ paths }) {
      const folder = `${paths.sysfs}/class/thermal`;
      const samples: Sample[] = [];
      for (const name of namesIn(folder)) {
        const [, kind, number] = /^(thermal_zone|cooling_device)(\d.*)$/.exec(name) ?? [];
        if (number === undefined) continue;
        if (kind === "thermal_zone") addZone(samples, `${folder}/${name}`, number);
        else addCoolingDevice(samples, `${folder}/${name}`, number);
      }
      return samples;
    },
  };
}

function addZone(samples: Sample[], folder: string, zone: string): void {
  const millidegrees = readInteger(`${folder}/temp`);
  if (millidegrees === undefined) return;
  const type = listedAttribute(`${folder}/type`) ?? "";
  samples.push(TEMPERATURE.sample(millidegrees / MILLIDEGREES_PER_DEGREE, { zone, type }));
}

/** A state of -1 is that of a device which is off, such as Intel's powerclamp. */
function addCoolingDevice(samples: Sample[], folder: string, name: string): void {
  const type = listedAttribute(`${folder}/type`);
  const max = readInteger(`${folder}/max_state`);
  const current = readInteger(`${folder}/cur_state`);
  if (type === undefined || max === undefined || current === undefined) return;
  const labels = STATE.labels({ name, type });
  samples.push(STATE.sample(current, labels), MAX_STATE.sample(max, labels));
}

/** Undefined when the driver cannot tell: a sensor that is asleep, say, answers EAGAIN, and each bus has errors of its own. */
function readInteger(path: string): number | undefined {
  try {
    const text = listedAttribute(path);
    return text === undefined ? undefined : integer(text, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== undefined) return undefined;
    throw error;
  }
}
