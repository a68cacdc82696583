import type { Collector } from "../../collector.ts";
import { gauge, type Labels, labelBlock, type Metric, type Sample } from "../../metric.ts";
import { namesIn } from "./files.ts";
import { regExpSetting, type Settings } from "./settings.ts";
import type { HostSource } from "./source.ts";
import { integer, listedAttribute, namesOrNoData } from "./sysfs.ts";

/** Settings of {@linkcode powersupplyclass}. Its flag has no `class` in node_exporter either. */
export const powersupplyclassSettings = {
  "collector.powersupply.ignored-supplies": regExpSetting("^$", "Regexp of power supplies to leave out"),
};

/** Files that hold plain numbers, or seconds where the second name says so. */
const PLAIN = {
  authentic: "authentic",
  calibrate: "calibrate",
  capacity: "capacity",
  capacity_alert_max: "capacity_alert_max",
  capacity_alert_min: "capacity_alert_min",
  cycle_count: "cyclecount",
  online: "online",
  present: "present",
  time_to_empty_now: "time_to_empty_seconds",
  time_to_full_now: "time_to_full_seconds",
};

/** Files that hold millionths of a volt, an ampere, a watt, an hour of these. */
const MILLIONTHS = {
  current_boot: "current_boot",
  current_max: "current_max",
  current_now: "current_ampere",
  energy_empty: "energy_empty",
  energy_empty_design: "energy_empty_design",
  energy_full: "energy_full",
  energy_full_design: "energy_full_design",
  energy_now: "energy_watthour",
  voltage_boot: "voltage_boot",
  voltage_max: "voltage_max",
  voltage_max_design: "voltage_max_design",
  voltage_min: "voltage_min",
  voltage_min_design: "voltage_min_design",
  voltage_now: "voltage_volt",
  voltage_ocv: "voltage_ocv",
  charge_control_limit: "charge_control_limit",
  charge_control_limit_max: "charge_control_limit_max",
  charge_counter: "charge_counter",
  charge_empty: "charge_empty",
  charge_empty_design: "charge_empty_design",
  charge_full: "charge_full",
  charge_full_design: "charge_full_design",
  charge_now: "charge_ampere",
  charge_term_current: "charge_term_current",
  constant_charge_current: "constant_charge_current",
  constant_charge_current_max: "constant_charge_current_max",
  constant_charge_voltage: "constant_charge_voltage",
  constant_charge_voltage_max: "constant_charge_voltage_max",
  precharge_current: "precharge_current",
  input_current_limit: "input_current_limit",
  power_now: "power_watt",
};

/** Files that hold tenths of a degree Celsius. */
const TENTHS = {
  temp: "temp_celsius",
  temp_alert_max: "temp_alert_max_celsius",
  temp_alert_min: "temp_alert_min_celsius",
  temp_ambient: "temp_ambient_celsius",
  temp_ambient_max: "temp_ambient_max_celsius",
  temp_ambient_min: "temp_ambient_min_celsius",
  temp_max: "temp_max_celsius",
  temp_min: "temp_min_celsius",
};

type Property = readonly [metric: Metric<"power_supply">, divisor: number];

/** Family of each file with a number (the kernel's Documentation/ABI/testing/sysfs-class-power). */
const NUMBERS: ReadonlyMap<string, Property> = new Map([
  ...properties(PLAIN, 1),
  ...properties(MILLIONTHS, 1e6),
  ...properties(TENTHS, 10),
]);

function properties(names: Readonly<Record<string, string>>, divisor: number): [file: string, property: Property][] {
  return Object.entries(names).map(([file, name]) => {
    const help = `${name} value of /sys/class/power_supply/<power_supply>.`;
    return [file, [gauge(`node_power_supply_${name}`, help, ["power_supply"]), divisor]];
  });
}

/** Files whose words are labels of the same names. */
const WORDS = new Set([
  ...["capacity_level", "charge_type", "health", "manufacturer", "model_name", "scope", "serial_number", "status"],
  ...["technology", "type", "usb_type"],
]);

const INFO = gauge("node_power_supply_info", "info of /sys/class/power_supply/<power_supply>.", [
  "power_supply",
  ...WORDS,
]);

/** Batteries and chargers, from sysfs. What a driver cannot tell is absent. */
export function powersupplyclass(settings: Settings<typeof powersupplyclassSettings>): Collector<HostSource> {
  const ignored = settings["collector.powersupply.ignored-supplies"];
  return {
    name: "powersupplyclass",
    metrics: () => [...[...NUMBERS.values()].map(([metric]) => metric), INFO],
    collect({ paths }) {
      const folder = `${paths.sysfs}/class/power_supply`;
      const samples: Sample[] = [];
      for (const name of namesOrNoData(folder, "no power supplies")) {
        if (!ignored?.test(name)) addSupply(samples, `${folder}/${name}`, name);
      }
      return samples;
    },
  };
}

function addSupply(samples: Sample[], folder: string, power_supply: string): void {
  const labels = labelBlock([["power_supply", power_supply]]) as Labels<"power_supply">;
  const words: [string, string][] = [["power_supply", power_supply]];
  for (const file of namesIn(folder)) {
    const property = NUMBERS.get(file);
    if (!property && !WORDS.has(file)) continue;
    const text = listedAttribute(`${folder}/${file}`);
    if (text === undefined) continue;
    if (property) samples.push(property[0].sample(integer(text, `${folder}/${file}`) / property[1], labels));
    else if (text !== "") words.push([file, text]);
  }
  words.sort(([a], [b]) => (a < b ? -1 : 1));
  samples.push(INFO.sample(1, labelBlock(words) as Labels<string>));
}
