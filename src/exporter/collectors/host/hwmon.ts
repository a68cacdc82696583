import type { Collector } from "../../collector.ts";
import { gauge, type Sample } from "../../metric.ts";
import { DeviceProbe } from "./device-probe.ts";
import { namesIn } from "./files.ts";
import { type NameFilter, nameFilter } from "./filter.ts";
import { type Chip, chipsIn, sensorText } from "./hwmon-chips.ts";
import {
  BEEP_ENABLED,
  cleanName,
  commonHwmonMetrics,
  hwmonFamily,
  REGULATOR,
  UPDATE_INTERVAL,
} from "./hwmon-families.ts";
import { regExpSetting, type Settings } from "./settings.ts";
import type { HostSource } from "./source.ts";

/** Settings of {@linkcode hwmon}. A sensor's name for its filters is such as `platform_coretemp_0;temp3`. */
export const hwmonSettings = {
  "collector.hwmon.chip-include": regExpSetting("", "Regexp of hwmon chips to report"),
  "collector.hwmon.chip-exclude": regExpSetting("", "Regexp of hwmon chips to leave out"),
  "collector.hwmon.sensor-include": regExpSetting("", "Regexp of hwmon sensors to report, as chip;sensor"),
  "collector.hwmon.sensor-exclude": regExpSetting("", "Regexp of hwmon sensors to leave out, as chip;sensor"),
};

const CHIP_NAME = gauge("node_hwmon_chip_names", "Annotation metric for human-readable chip names", [
  "chip",
  "chip_name",
]);
const LABEL = gauge("node_hwmon_sensor_label", "Label for given chip and sensor", ["chip", "sensor", "label"]);

/** Kinds of sensor that are reported. */
const TYPES = new Set([
  ...["vrm", "beep_enable", "update_interval", "in", "cpu", "fan", "pwm", "temp", "curr", "power", "energy"],
  ...["humidity", "intrusion", "freq"],
]);

/** Texts of a sensor's files by element, such as `input` and `crit_alarm`; the empty string is that of `pwm1`. */
interface Sensor {
  readonly type: string;
  readonly elements: Map<string, string>;
}

/** Drivers that send a drive a command for each look at its temperature. */
const ASKING_DRIVERS = new Set(["drivetemp", "nvme"]);

/**
 * Temperatures, fans, voltages and what else chips and drivers measure, from sysfs. A sensor that does not answer is
 * absent, and so is a drive that takes seconds to.
 */
export function hwmon(settings: Settings<typeof hwmonSettings>): Collector<HostSource> {
  const isReported = nameFilter({
    exclude: settings["collector.hwmon.chip-exclude"],
    include: settings["collector.hwmon.chip-include"],
  });
  const isSensorReported = nameFilter({
    exclude: settings["collector.hwmon.sensor-exclude"],
    include: settings["collector.hwmon.sensor-include"],
  });
  const probe = new DeviceProbe();
  const samplesOf = (chips: readonly Chip[]) => chips.flatMap((chip) => chipSamples(chip, isSensorReported));
  return {
    name: "hwmon",
    metrics: () => [CHIP_NAME, LABEL, BEEP_ENABLED, REGULATOR, UPDATE_INTERVAL, ...commonHwmonMetrics()],
    collect({ paths, signal }) {
      const chips = chipsIn(`${paths.sysfs}/class/hwmon`).filter(({ chip }) => isReported(chip));
      const drives = chips.filter(({ name }) => ASKING_DRIVERS.has(name));
      if (drives.length === 0) return samplesOf(chips);
      return probe.answering(drives.map(temperatureFile), signal).then((answering) => {
        return samplesOf(chips.filter((chip) => !drives.includes(chip) || answering.has(temperatureFile(chip))));
      });
    },
  };
}

function temperatureFile({ path }: Chip): string {
  return `${path}/temp1_input`;
}

function chipSamples({ chip, name, path }: Chip, isSensorReported: NameFilter): Sample[] {
  const samples: Sample[] = [];
  if (name !== "") samples.push(CHIP_NAME.sample(1, { chip, chip_name: name }));
  for (const [id, sensor] of sensorsOf(path)) {
    if (isSensorReported(`${chip};${id}`)) addSensor(samples, { chip, sensor: id }, sensor);
  }
  return samples;
}

/** Sensors of a chip by name. Old drivers have their files in the device's folder. */
function sensorsOf(path: string): Map<string, Sensor> {
  const sensors = new Map<string, Sensor>();
  const files = namesIn(path);
  addFiles(sensors, path, files);
  if (files.includes("device")) addFiles(sensors, `${path}/device`, namesIn(`${path}/device`));
  return sensors;
}

function addFiles(sensors: Map<string, Sensor>, folder: string, files: readonly string[]): void {
  for (const file of files) {
    const [, type, number, element = ""] = /^([^0-9]+)([0-9]*)(?:_(.+))?$/.exec(file) ?? [];
    // Every device has a folder `power`, which is about its sleep.
    if (type === undefined || !TYPES.has(type) || file === "power") continue;
    const text = sensorText(`${folder}/${file}`);
    if (text === undefined) continue;
    const id = `${type}${Number(number)}`;
    const sensor = sensors.get(id) ?? { type, elements: new Map() };
    sensor.elements.set(element, text);
    sensors.set(id, sensor);
  }
}

function addSensor(samples: Sample[], names: { chip: string; sensor: string }, { type, elements }: Sensor): void {
  const labels = BEEP_ENABLED.labels(names);
  const label = elements.get("label");
  if (label !== undefined) samples.push(LABEL.sample(1, { ...names, label }));
  const plain = elements.get("");
  if (type === "beep_enable") {
    samples.push(BEEP_ENABLED.sample(Number(plain === "1"), labels));
  } else if (type === "vrm") {
    addNumber(samples, plain, (value) => REGULATOR.sample(value, labels));
  } else if (type === "update_interval") {
    addNumber(samples, plain, (value) => UPDATE_INTERVAL.sample(value * 0.001, labels));
  } else {
    for (const [element, text] of elements) {
      if (element === "label") continue;
      const isFrequency = type === "freq" && element === "input";
      if (isFrequency && label === undefined) continue;
      const { metric, unit } = hwmonFamily({ type, element, hasPlain: plain !== undefined });
      const own = isFrequency ? metric.labels({ ...names, sensor: cleanName(label!) }) : labels;
      addNumber(samples, text, (value) => metric.sample(unit(value), own));
    }
  }
}

/** Nothing for a text that is no number. */
function addNumber(samples: Sample[], text: string | undefined, toSample: (value: number) => Sample): void {
  if (text !== undefined && /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text)) samples.push(toSample(Number(text)));
}
