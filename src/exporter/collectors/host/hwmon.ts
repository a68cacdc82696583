import { existsSync, realpathSync } from "node:fs";
import { type Collector, NoData } from "../../collector.ts";
import { gauge, type Sample } from "../../metric.ts";
import { namesIn, readText } from "./files.ts";
import {
  BEEP_ENABLED,
  COMMON_HWMON_METRICS,
  cleanName,
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

/** Temperatures, fans, voltages and what else chips and drivers measure, from sysfs. */
export function hwmon(settings: Settings<typeof hwmonSettings>): Collector<HostSource> {
  const isReported = {
    chip: bothFilters(settings["collector.hwmon.chip-include"], settings["collector.hwmon.chip-exclude"]),
    sensor: bothFilters(settings["collector.hwmon.sensor-include"], settings["collector.hwmon.sensor-exclude"]),
  };
  return {
    name: "hwmon",
    metrics: [CHIP_NAME, LABEL, BEEP_ENABLED, REGULATOR, UPDATE_INTERVAL, ...COMMON_HWMON_METRICS],
    collect({ paths }) {
      const folder = `${paths.sysfs}/class/hwmon`;
      if (!existsSync(folder)) throw new NoData("no hardware monitors");
      const samples: Sample[] = [];
      for (const { chip, name, path } of chipsIn(folder)) {
        if (!isReported.chip(chip)) continue;
        if (name !== "") samples.push(CHIP_NAME.sample(1, { chip, chip_name: name }));
        for (const [id, sensor] of sensorsOf(path)) {
          if (isReported.sensor(`${chip};${id}`)) addSensor(samples, { chip, sensor: id }, sensor);
        }
      }
      return samples;
    },
  };
}

/** Unlike other collectors of node_exporter, its hwmon takes both. */
function bothFilters(include: RegExp | undefined, exclude: RegExp | undefined): (name: string) => boolean {
  return (name) => !exclude?.test(name) && (include?.test(name) ?? true);
}

interface Chip {
  /** Value of the label `chip`. */
  chip: string;
  /** The driver's name for it, in label form; empty when it has none. */
  readonly name: string;
  readonly path: string;
}

/** Chips under `class/hwmon`. Those of one device are told apart by their names, or by `hwmonN` if these are alike. */
function chipsIn(folder: string): Chip[] {
  const chips: Chip[] = [];
  for (const entry of namesIn(folder)) {
    const path = `${folder}/${entry}`;
    const name = cleanName(read(`${path}/name`)?.trim() ?? "");
    const chip = deviceName(path) || name || cleanName(baseName(realPath(path) ?? ""));
    if (chip !== "") chips.push({ chip, name, path });
  }
  const twins = Map.groupBy(chips, ({ chip }) => chip);
  for (const same of twins.values()) {
    if (same.length === 1) continue;
    for (const twin of same) {
      const isAlone = twin.name !== "" && same.filter(({ name }) => name === twin.name).length === 1;
      twin.chip += `_${isAlone ? twin.name : cleanName(baseName(twin.path))}`;
    }
  }
  return chips;
}

/** Bus and name of the device behind a chip, such as `platform_coretemp_0`: unlike `hwmonN`, they survive a boot. */
function deviceName(path: string): string {
  const device = realPath(`${path}/device`);
  if (device === undefined) return "";
  const name = cleanName(baseName(device));
  const bus = cleanName(baseName(device.slice(0, device.lastIndexOf("/"))));
  return bus !== "" && name !== "" ? `${bus}_${name}` : name;
}

function realPath(path: string): string | undefined {
  if (!existsSync(path)) return undefined;
  try {
    return realpathSync(path);
  } catch {
    return undefined; // gone meanwhile
  }
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
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
    if (type === undefined || !TYPES.has(type)) continue;
    const text = read(`${folder}/${file}`);
    if (text === undefined) continue;
    const id = `${type}${Number(number)}`;
    const sensor = sensors.get(id) ?? { type, elements: new Map() };
    sensor.elements.set(element, text);
    sensors.set(id, sensor);
  }
}

/** Text of a file without line feeds around it; undefined when it cannot be read, as where a sensor is asleep. */
function read(path: string): string | undefined {
  try {
    return readText(path).replace(/^\n+|\n+$/g, "");
  } catch {
    return undefined;
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
