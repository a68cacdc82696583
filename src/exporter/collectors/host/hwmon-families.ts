import { counter, gauge, type Metric } from "../../metric.ts";
import { keptMetrics } from "./kept-metrics.ts";

type SensorMetric = Metric<"chip" | "sensor">;

/** How an attribute of a sensor is reported. */
export interface HwmonFamily {
  readonly metric: SensorMetric;
  /** Base units in the kernel's unit. */
  readonly unit: (value: number) => number;
}

const asIs = (value: number) => value;
const thousandths = (value: number) => value * 0.001;
const millionths = (value: number) => value / 1000000;

const ofSensor = (name: string, help: string) => gauge(name, help, ["chip", "sensor"]);

/** Hardware beeps at all. */
export const BEEP_ENABLED = ofSensor("node_hwmon_beep_enabled", "Hardware beep enabled");
/** Version of the specification that the voltage regulator follows. */
export const REGULATOR = ofSensor("node_hwmon_voltage_regulator_version", "Hardware voltage regulator");
/** Time between two readings of the chip. */
export const UPDATE_INTERVAL = ofSensor("node_hwmon_update_interval_seconds", "Hardware monitor update interval");

/** An attribute such as that of `temp1_crit_alarm`. */
export interface HwmonAttribute {
  /** `temp`. */
  readonly type: string;
  /** `crit_alarm`; empty for a file without it, such as `pwm1`. */
  readonly element: string;
  /** Whether the sensor has a file without an element too, which then takes the plain name from `input`. */
  readonly hasPlain: boolean;
}

const families = keptMetrics<HwmonFamily>();

/** Family of an attribute, with node_exporter's name and HELP (the kernel's Documentation/hwmon/sysfs-interface.rst). */
export function hwmonFamily(attribute: HwmonAttribute): HwmonFamily {
  const { type, element, hasPlain } = attribute;
  return families(`${type} ${element} ${hasPlain}`, () => makeFamily(attribute));
}

function makeFamily({ type, element, hasPlain }: HwmonAttribute): HwmonFamily {
  const isValue = element === "" || (element === "input" && !hasPlain);
  const name = `node_hwmon_${type}${isValue ? "" : `_${cleanName(element)}`}`;
  const family = (suffix: string, help: string, unit = asIs, make = ofSensor): HwmonFamily => {
    return { metric: make(name + suffix, help), unit };
  };
  if (element === "fault" || element === "alarm") return family("", `Hardware sensor ${element} status (${type})`);
  if (element === "beep") return family("_enabled", "Hardware monitor sensor has beeping enabled");
  if (type === "temp" && element !== "type") {
    return family("_celsius", `Hardware monitor for temperature (${element || "input"})`, thousandths);
  }
  if (type === "fan" && ["input", "min", "max", "target"].includes(element)) {
    return family("_rpm", `Hardware monitor for fan revolutions per minute (${element})`);
  }
  switch (type) {
    case "in":
    case "cpu":
      return family("_volts", `Hardware monitor for voltage (${element})`, thousandths);
    case "curr":
      return family("_amps", `Hardware monitor for current (${element})`, thousandths);
    case "energy":
      return family("_joule_total", `Hardware monitor for joules used so far (${element})`, millionths, (full, help) =>
        counter(full, help, ["chip", "sensor"]),
      );
    case "power":
      return powerFamily(element, family);
    case "humidity": {
      const help =
        "Hardware monitor for humidity, as a ratio (multiply with 100.0 to get the humidity as a percentage)";
      return family("", `${help} (${element})`, millionths);
    }
    case "freq":
      if (element === "input") return family("_freq_mhz", "Hardware monitor for GPU frequency in MHz", millionths);
  }
  return family("", `Hardware monitor ${type} element ${element}`);
}

type MakeFamily = (suffix: string, help: string, unit?: (value: number) => number) => HwmonFamily;

function powerFamily(element: string, family: MakeFamily): HwmonFamily {
  if (element === "accuracy") {
    return family("", "Hardware monitor power meter accuracy, as a ratio", millionths);
  }
  if (/^average_interval(_min|_max)?$/.test(element)) {
    return family("_seconds", `Hardware monitor power usage update interval (${element})`, thousandths);
  }
  return family("_watt", `Hardware monitor for power usage in watts (${element})`, millionths);
}

/** What a metric's name or a chip's label may have of a text, in small letters. */
export function cleanName(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^a-z0-9:_]/g, "_")
    .replace(/^_+|_+$/g, "");
}

/** Attributes by type that the kernel's own drivers mostly have. */
const COMMON_ATTRIBUTES = {
  temp: ["input", "max", "min", "crit", "emergency", "alarm", "crit_alarm", "max_alarm", "fault", "type", "offset"],
  fan: ["input", "min", "max", "target", "alarm", "fault", "beep", "div", "pulses"],
  in: ["input", "min", "max", "crit", "lcrit", "alarm", "lcrit_alarm", "beep"],
  cpu: ["vid"],
  curr: ["input", "max", "crit", "alarm"],
  power: ["input", "average", "average_interval", "accuracy", "cap", "max", "crit", "alarm"],
  energy: ["input"],
  humidity: ["input"],
  intrusion: ["alarm", "beep"],
  pwm: ["", "enable", "mode", "freq"],
  freq: ["input"],
};

/** Families of the attributes that are common. */
export function commonHwmonMetrics(): SensorMetric[] {
  return Object.entries(COMMON_ATTRIBUTES).flatMap(([type, elements]) =>
    elements.map((element) => hwmonFamily({ type, element, hasPlain: type === "pwm" }).metric),
  );
}
