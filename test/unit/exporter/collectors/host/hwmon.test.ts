import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { NoData } from "../../../../../src/exporter/collector.ts";
import { hwmon, hwmonSettings } from "../../../../../src/exporter/collectors/host/hwmon.ts";
import { cleanName, hwmonFamily } from "../../../../../src/exporter/collectors/host/hwmon-families.ts";
import type { HostSource } from "../../../../../src/exporter/collectors/host/source.ts";
import { seriesOf, settingsOf } from "./fixture-source.ts";
import { hostTrees, under } from "./host-tree.ts";

const host = hostTrees();

/** A chip as sysfs has it: a folder below its device's, which leads back to the device. */
function chip(number: number, device: string, files: Record<string, string>) {
  const folder = `sys/devices/${device}/hwmon/hwmon${number}`;
  return {
    files: { ...under(folder, files), [`sys/devices/${device}/`]: "" },
    links: {
      [`sys/class/hwmon/hwmon${number}`]: `../../devices/${device}/hwmon/hwmon${number}`,
      [`${folder}/device`]: "../..",
    },
  };
}

function chips(...all: ReturnType<typeof chip>[]) {
  const files = Object.assign({}, ...all.map((one) => one.files));
  return host({ files, links: Object.assign({}, ...all.map((one) => one.links)) });
}

const seriesFor = (source: HostSource, given: Record<string, unknown> = {}) =>
  seriesOf(hwmon(settingsOf(hwmonSettings, given)), source);

const CORETEMP = { name: "coretemp\n", temp1_label: "Package id 0\n", temp1_input: "45000\n", temp1_crit_alarm: "0\n" };

describe("hwmonFamily()", () => {
  for (const [type, element, name, help, value] of [
    ["temp", "input", "node_hwmon_temp_celsius", "Hardware monitor for temperature (input)", 2],
    ["temp", "type", "node_hwmon_temp_type", "Hardware monitor temp element type", 2000],
    ["temp", "crit_alarm", "node_hwmon_temp_crit_alarm_celsius", "Hardware monitor for temperature (crit_alarm)", 2],
    ["temp", "fault", "node_hwmon_temp_fault", "Hardware sensor fault status (temp)", 2000],
    ["in", "alarm", "node_hwmon_in_alarm", "Hardware sensor alarm status (in)", 2000],
    ["in", "max", "node_hwmon_in_max_volts", "Hardware monitor for voltage (max)", 2],
    ["fan", "input", "node_hwmon_fan_rpm", "Hardware monitor for fan revolutions per minute (input)", 2000],
    ["fan", "beep", "node_hwmon_fan_beep_enabled", "Hardware monitor sensor has beeping enabled", 2000],
    ["fan", "div", "node_hwmon_fan_div", "Hardware monitor fan element div", 2000],
    ["curr", "input", "node_hwmon_curr_amps", "Hardware monitor for current (input)", 2],
    ["power", "average", "node_hwmon_power_average_watt", "Hardware monitor for power usage in watts (average)", 0.002],
    ["power", "accuracy", "node_hwmon_power_accuracy", "Hardware monitor power meter accuracy, as a ratio", 0.002],
    [
      "power",
      "average_interval",
      "node_hwmon_power_average_interval_seconds",
      "Hardware monitor power usage update interval (average_interval)",
      2,
    ],
    ["energy", "input", "node_hwmon_energy_joule_total", "Hardware monitor for joules used so far (input)", 0.002],
    ["freq", "input", "node_hwmon_freq_freq_mhz", "Hardware monitor for GPU frequency in MHz", 0.002],
    ["pwm", "", "node_hwmon_pwm", "Hardware monitor pwm element ", 2000],
  ] as const) {
    test(`of ${type}1_${element} is ${name}`, () => {
      const { metric, unit } = hwmonFamily({ type, element, hasPlain: false });
      assert.deepEqual([metric.name, metric.help, unit(2000)], [name, help, value]);
      assert.equal(metric.type, type === "energy" ? "counter" : "gauge");
    });
  }

  test("tells an input from the value of a file without element", () => {
    const name = (element: string) => hwmonFamily({ type: "fan", element, hasPlain: true }).metric.name;
    assert.deepEqual([name("input"), name("")], ["node_hwmon_fan_input_rpm", "node_hwmon_fan"]);
  });
});

describe("cleanName()", () => {
  for (const [text, want] of [
    ["coretemp.0", "coretemp_0"],
    ["0000:00:1b.3", "0000:00:1b_3"],
    ["_ACPI\n", "acpi"],
    ["-", ""],
  ] as const) {
    test(`of ${JSON.stringify(text)} is "${want}"`, () => assert.equal(cleanName(text), want));
  }
});

describe("hwmon()", () => {
  test("names a chip after its device, and reports its name, labels and sensors", async () => {
    assert.deepEqual(await seriesFor(chips(chip(0, "platform/coretemp.0", CORETEMP))), [
      'node_hwmon_chip_names{chip="platform_coretemp_0",chip_name="coretemp"} 1',
      'node_hwmon_sensor_label{chip="platform_coretemp_0",label="Package id 0",sensor="temp1"} 1',
      'node_hwmon_temp_crit_alarm_celsius{chip="platform_coretemp_0",sensor="temp1"} 0',
      'node_hwmon_temp_celsius{chip="platform_coretemp_0",sensor="temp1"} 45',
    ]);
  });

  test("names a chip without device after its name, and one without name after its folder", async () => {
    const files = {
      "sys/class/hwmon/hwmon3/name": "cpu_thermal\n",
      "sys/class/hwmon/hwmon3/temp1_input": "1\n",
      "sys/class/hwmon/hwmon4/fan1_input": "900\n",
    };
    assert.deepEqual(await seriesFor(host({ files })), [
      'node_hwmon_chip_names{chip="cpu_thermal",chip_name="cpu_thermal"} 1',
      'node_hwmon_temp_celsius{chip="cpu_thermal",sensor="temp1"} 0.001',
      'node_hwmon_fan_rpm{chip="hwmon4",sensor="fan1"} 900',
    ]);
  });

  test("tells chips of one device apart by name, and by folder where these are alike", async () => {
    const temp = { temp1_input: "1000" };
    const source = chips(
      chip(1, "platform/wmi", { name: "fans", ...temp }),
      chip(2, "platform/wmi", { name: "asus", ...temp }),
      chip(5, "platform/wmi", { name: "asus", ...temp }),
      chip(6, "platform/wmi", temp),
      chip(3, "platform/wifi", { name: "phy", ...temp }),
      chip(4, "platform/wifi", { name: "phy", ...temp }),
    );
    const labels = (await seriesFor(source))
      .filter((line) => line.includes("celsius"))
      .map((line) => /chip="(\w+)"/.exec(line)?.[1]);
    assert.deepEqual(labels, [
      ...["platform_wmi_fans", "platform_wmi_hwmon2", "platform_wifi_hwmon3", "platform_wifi_hwmon4"],
      ...["platform_wmi_hwmon5", "platform_wmi_hwmon6"],
    ]);
  });

  test("takes the files of old drivers, which are the device's", async () => {
    const one = chip(0, "isa/it87", { name: "it87" });
    const files = { ...one.files, "sys/devices/isa/it87/pwm1": "255\n", "sys/devices/isa/it87/beep_enable": "1\n" };
    assert.deepEqual((await seriesFor(host({ ...one, files }))).slice(1), [
      'node_hwmon_beep_enabled{chip="isa_it87",sensor="beep_enable0"} 1',
      'node_hwmon_pwm{chip="isa_it87",sensor="pwm1"} 255',
    ]);
  });

  test("reports the chip's own numbers", async () => {
    const series = await seriesFor(chips(chip(0, "a/b", { update_interval: "1500", vrm: "115" })));
    assert.deepEqual(series, [
      'node_hwmon_update_interval_seconds{chip="a_b",sensor="update_interval0"} 1.5',
      'node_hwmon_voltage_regulator_version{chip="a_b",sensor="vrm0"} 115',
    ]);
  });

  test("names a frequency's sensor after its label, and leaves it out without one", async () => {
    const files = { freq1_input: "214000000\n", freq1_label: "sclk\n", freq2_input: "1\n" };
    const series = await seriesFor(chips(chip(0, "pci/gpu", files)));
    assert.deepEqual(series.slice(1), ['node_hwmon_freq_freq_mhz{chip="pci_gpu",sensor="sclk"} 214']);
  });

  test("leaves out what is no number, no sensor or cannot be read", async () => {
    const files = {
      ...{ temp1_input: "", temp2_input: "N/A\n", temp3_input: "1 2\n", in0_min: "0x10\n", temp4_input: "-5000" },
      ...{ uevent: "1", name1_input: "1", power: "x", "fan1_input/file": "", "temp5_max\n": "1000" },
    };
    assert.deepEqual(await seriesFor(chips(chip(0, "a/b", files))), [
      'node_hwmon_temp_celsius{chip="a_b",sensor="temp4"} -5',
    ]);
  });

  test("takes filters of chips and sensors, both kinds at once", async () => {
    const source = chips(chip(0, "a/b", { temp1_input: "1", temp2_input: "2" }), chip(1, "a/c", { temp1_input: "3" }));
    const sensors = async (given: Record<string, string>) =>
      (await seriesFor(source, given)).map((line) => /chip="(\w+)",sensor="(\w+)"/.exec(line)?.slice(1).join(" "));
    const [include, exclude] = ["collector.hwmon.chip-include", "collector.hwmon.chip-exclude"];
    assert.deepEqual(await sensors({ [include]: "c$" }), ["a_c temp1"]);
    assert.deepEqual(await sensors({ [include]: "^a", [exclude]: "c$" }), ["a_b temp1", "a_b temp2"]);
    assert.deepEqual(await sensors({ "collector.hwmon.sensor-exclude": "^a_b;temp1$" }), ["a_b temp2", "a_c temp1"]);
    assert.deepEqual(await sensors({ "collector.hwmon.sensor-include": ";temp2$" }), ["a_b temp2"]);
  });

  test("reports nothing of a link that leads nowhere", async () => {
    assert.deepEqual(await seriesFor(host({ files: {}, links: { "sys/class/hwmon/hwmon0": "../gone" } })), []);
  });

  test("has no data on a host without hwmon", async () => {
    await assert.rejects(seriesFor(host({ files: {} })), NoData);
  });
});
