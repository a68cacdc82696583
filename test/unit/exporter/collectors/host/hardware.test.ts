import assert from "node:assert/strict";
import { chmodSync } from "node:fs";
import { describe, test } from "node:test";
import { type Collector, NoData } from "../../../../../src/exporter/collector.ts";
import { dmi } from "../../../../../src/exporter/collectors/host/dmi.ts";
import { dmmultipath } from "../../../../../src/exporter/collectors/host/dmmultipath.ts";
import { edac } from "../../../../../src/exporter/collectors/host/edac.ts";
import { keptMetrics } from "../../../../../src/exporter/collectors/host/kept-metrics.ts";
import { kernelHung } from "../../../../../src/exporter/collectors/host/kernel-hung.ts";
import { nvme } from "../../../../../src/exporter/collectors/host/nvme.ts";
import {
  powersupplyclass,
  powersupplyclassSettings,
} from "../../../../../src/exporter/collectors/host/powersupplyclass.ts";
import { rapl, raplSettings } from "../../../../../src/exporter/collectors/host/rapl.ts";
import { rpi, throttledSamples } from "../../../../../src/exporter/collectors/host/rpi.ts";
import type { HostSource } from "../../../../../src/exporter/collectors/host/source.ts";
import { integer } from "../../../../../src/exporter/collectors/host/sysfs.ts";
import { tapestats, tapestatsSettings } from "../../../../../src/exporter/collectors/host/tapestats.ts";
import { thermalZone } from "../../../../../src/exporter/collectors/host/thermal-zone.ts";
import { watchdog } from "../../../../../src/exporter/collectors/host/watchdog.ts";
import { unprivileged } from "../../../../unprivileged.ts";
import { failureOf, seriesOf, settingsOf } from "./fixture-source.ts";
import { hostTrees, under } from "./host-tree.ts";

const host = hostTrees();

describe("integer()", () => {
  for (const [text, want] of [
    ["0", 0],
    ["-12", -12],
    ["+7", 7],
    ["0x1f", 31],
    ["-0x10", -16],
  ] as const) {
    test(`of ${text} is ${want}`, () => assert.equal(integer(text, "file"), want));
  }
  for (const text of ["", "-", "1.5", "0x", "1 2", "١"]) {
    test(`rejects "${text}"`, () => assert.throws(() => integer(text, "file"), /Cannot parse file: found/));
  }
});

describe("keptMetrics()", () => {
  test("makes a family once, and forgets all of them at its limit", () => {
    const made: string[] = [];
    const kept = keptMetrics<string>(2);
    for (const key of ["a", "b", "a", "c", "a"]) kept(key, () => made[made.push(key) - 1]!);
    assert.deepEqual(made, ["a", "b", "c", "a"]);
  });
});

/** What no collector may make of a host without anything. */
describe("a host without the hardware", () => {
  const withoutData: [string, Collector<HostSource>][] = [
    ["dmi", dmi()],
    ["dmmultipath", dmmultipath()],
    ["kernel_hung", kernelHung()],
    ["nvme", nvme()],
    ["powersupplyclass", powersupplyclass(settingsOf(powersupplyclassSettings))],
    ["rapl", rapl(settingsOf(raplSettings))],
    ["rpi", rpi()],
    ["tapestats", tapestats(settingsOf(tapestatsSettings))],
    ["watchdog", watchdog()],
  ];
  for (const [name, collector] of withoutData) {
    test(`has no data for ${name}`, () => assert.rejects(seriesOf(collector, host({ files: {} })), NoData));
  }
  for (const [name, collector] of [
    ["edac", edac()],
    ["thermal_zone", thermalZone()],
  ] as const) {
    test(`has nothing to report for ${name}`, async () => {
      assert.deepEqual(await seriesOf(collector, host({ files: {} })), []);
    });
  }
});

describe("dmi()", () => {
  const folder = "sys/class/dmi/id";

  test("has a label for each file that there is, even an empty one", async () => {
    const files = under(folder, {
      sys_vendor: "Acme \n",
      product_name: 'Box "3"\n',
      board_serial: "\n",
      chassis_type: "3\n",
    });
    const series = await seriesOf(dmi(), host({ files }));
    assert.deepEqual(series, ['node_dmi_info{board_serial="",product_name="Box \\"3\\"",system_vendor="Acme"} 1']);
  });

  test("has no label for what it may not read", async () => {
    const source = host({ files: under(folder, { bios_date: "1\n", product_uuid: "2\n" }) });
    chmodSync(`${source.paths.sysfs}/class/dmi/id/product_uuid`, 0);
    const series = await unprivileged(() => seriesOf(dmi(), source));
    assert.deepEqual(series, ['node_dmi_info{bios_date="1"} 1']);
  });

  test("reads it once", async () => {
    const collector = dmi();
    const before = await seriesOf(collector, host({ files: under(folder, { bios_date: "1\n" }) }));
    assert.deepEqual(await seriesOf(collector, host({ files: {} })), before);
  });
});

describe("dmmultipath()", () => {
  const files = {
    ...under("sys/block/dm-5", { "dm/name": "mpathA\n", "dm/uuid": "mpath-36\n", "dm/suspended": "0\n", size: "4\n" }),
    ...under("sys/block/dm-5/slaves", { "sda/": "", "sdb/": "", "sdc/": "", "nvme0n1/": "" }),
    ...under("sys/block", { "sda/device/state": "running\n", "sdb/device/state": "offline\n" }),
    "sys/block/sdc/device/state": "blocked\n",
    ...under("sys/block", { "nvme0n1/device/state": "live\n", "dm-0/dm/uuid": "LVM-1\n", "dm-1/size": "1" }),
  };

  test("counts paths by state", async () => {
    const labels = '{device="mpathA",sysfs_name="dm-5"}';
    assert.deepEqual(await seriesOf(dmmultipath(), host({ files })), [
      'node_dmmultipath_device_info{device="mpathA",sysfs_name="dm-5",uuid="mpath-36"} 1',
      `node_dmmultipath_device_active${labels} 1`,
      `node_dmmultipath_device_size_bytes${labels} 2048`,
      'node_dmmultipath_path_state{device="mpathA",path="nvme0n1",state="live"} 1',
      'node_dmmultipath_path_state{device="mpathA",path="sda",state="running"} 1',
      'node_dmmultipath_path_state{device="mpathA",path="sdb",state="offline"} 1',
      'node_dmmultipath_path_state{device="mpathA",path="sdc",state="blocked"} 1',
      `node_dmmultipath_device_paths${labels} 4`,
      `node_dmmultipath_device_paths_active${labels} 2`,
      `node_dmmultipath_device_paths_failed${labels} 2`,
    ]);
  });

  test("fails on a file that is cut off", async () => {
    const source = host({ files: { ...files, "sys/block/dm-5/size": "" } });
    await assert.rejects(seriesOf(dmmultipath(), source), /dm-5\/size: found ""/);
  });
});

describe("edac()", () => {
  const counts = { ce_count: "1\n", ce_noinfo_count: "2\n", ue_count: "5\n", ue_noinfo_count: "6\n" };
  const files: Record<string, string> = {
    ...under("sys/devices/system/edac/mc/mc0", counts),
    ...under("sys/devices/system/edac/mc/mc0/csrow0", { ce_count: "3\n", ue_count: "4\n", ch0_ce_count: "7\n" }),
    ...under("sys/devices/system/edac/mc/mc0/csrow0", {
      ch0_dimm_label: "mc#0csrow#0channel#0\n",
      ch0_ue_count: "8\n",
    }),
    ...under("sys/devices/system/edac/mc/mc0/csrow0", { ch1_ce_count: "9\n" }),
    "sys/devices/system/edac/mc/power/control": "auto\n",
  };

  test("reports errors of controllers, rows and channels", async () => {
    const channel = '{channel="0",controller="0",csrow="0",dimm_label="mc0_csrow0_channel0"}';
    assert.deepEqual(await seriesOf(edac(), host({ files })), [
      'node_edac_correctable_errors_total{controller="0"} 1',
      'node_edac_csrow_correctable_errors_total{controller="0",csrow="unknown"} 2',
      'node_edac_uncorrectable_errors_total{controller="0"} 5',
      'node_edac_csrow_uncorrectable_errors_total{controller="0",csrow="unknown"} 6',
      'node_edac_csrow_correctable_errors_total{controller="0",csrow="0"} 3',
      'node_edac_csrow_uncorrectable_errors_total{controller="0",csrow="0"} 4',
      `node_edac_channel_correctable_errors_total${channel} 7`,
      `node_edac_channel_uncorrectable_errors_total${channel} 8`,
      'node_edac_channel_correctable_errors_total{channel="1",controller="0",csrow="0",dimm_label="unknown"} 9',
    ]);
  });

  test("fails where a count is missing or cut off", async () => {
    const path = "sys/devices/system/edac/mc/mc0/ce_count";
    await assert.rejects(seriesOf(edac(), host({ files: { ...files, [path]: "" } })), /mc0\/ce_count: found ""/);
    const { [path]: _, ...others } = files;
    await assert.rejects(seriesOf(edac(), host({ files: others })), /mc0\/ce_count: ENOENT/);
  });
});

describe("kernelHung()", () => {
  const source = (text: string) => host({ files: { "proc/sys/kernel/hung_task_detect_count": text } });
  test("reports the count", async () => {
    assert.deepEqual(await seriesOf(kernelHung(), source("3\n")), ["node_kernel_hung_tasks_total 3"]);
  });
  test("rejects an empty file", () => assert.rejects(seriesOf(kernelHung(), source("")), SyntaxError));
});

describe("nvme()", () => {
  const folder = "sys/class/nvme/nvme0";
  const files = {
    ...under(folder, { firmware_rev: "1B2\n", model: "Disk 9   \n", serial: " S1\n", state: "live\n", cntlid: "4\n" }),
    ...under(folder, { "nvme0n1/size": "100\n", "nvme0n1/queue/logical_block_size": "512\n", "nvme0c1n2/size": "1\n" }),
  };

  test("reports a controller and its namespaces", async () => {
    const labels = '{device="nvme0",nsid="1"}';
    const changes = under(folder, { "nvme0n1/nuse": "50\n", "nvme0n1/ana_state": "optimized\n" });
    assert.deepEqual(await seriesOf(nvme(), host({ files: { ...files, ...changes } })), [
      'node_nvme_info{cntlid="4",device="nvme0",firmware_revision="1B2",model="Disk 9",serial="S1",state="live"} 1',
      'node_nvme_namespace_info{ana_state="optimized",device="nvme0",nsid="1"} 1',
      `node_nvme_namespace_logical_block_size_bytes${labels} 512`,
      `node_nvme_namespace_capacity_bytes${labels} 51200`,
      `node_nvme_namespace_size_bytes${labels} 51200`,
      `node_nvme_namespace_used_bytes${labels} 25600`,
    ]);
  });

  test("leaves out what old kernels lack", async () => {
    const series = await seriesOf(nvme(), host({ files }));
    assert.ok(series.includes('node_nvme_namespace_info{ana_state="unknown",device="nvme0",nsid="1"} 1'));
    assert.ok(!series.some((line) => line.includes("used")));
  });

  test("fails without what every controller has", async () => {
    const { [`${folder}/state`]: _, ...others } = files;
    await assert.rejects(seriesOf(nvme(), host({ files: others })), /nvme0\/state: ENOENT/);
  });

  test("leaves out what a namespace does not tell", async () => {
    const untold = under(`${folder}/nvme0n1`, { size: "", nuse: "x\n", ana_state: "live\n" });
    const source = host({ files: { ...files, ...untold } });
    chmodSync(`${source.paths.sysfs}/class/nvme/nvme0/nvme0n1/ana_state`, 0);
    const series = await unprivileged(() => seriesOf(nvme(), source));
    assert.ok(series.includes('node_nvme_namespace_info{ana_state="unknown",device="nvme0",nsid="1"} 1'));
    assert.ok(
      !series.some((line) => /_(size|capacity|used)_bytes\{/.test(line) && !line.includes("block")),
      `${series}`,
    );
  });
});

describe("powersupplyclass()", () => {
  const files = {
    ...under("sys/class/power_supply/BAT0", {
      capacity: "81\n",
      cycle_count: "0\n",
      current_now: "-520000\n",
      temp: "315\n",
    }),
    ...under("sys/class/power_supply/BAT0", {
      status: "Discharging\n",
      serial_number: " \n",
      uevent: "A=1\n",
      "power/async": "",
    }),
    ...under("sys/class/power_supply/AC", { online: "0\n", type: "Mains\n" }),
  };
  const seriesFor = (given: Record<string, unknown>, changes: Record<string, string> = {}) =>
    seriesOf(powersupplyclass(settingsOf(powersupplyclassSettings, given)), host({ files: { ...files, ...changes } }));

  test("reports numbers in base units, and words as labels", async () => {
    assert.deepEqual(await seriesFor({}), [
      'node_power_supply_online{power_supply="AC"} 0',
      'node_power_supply_info{power_supply="AC",type="Mains"} 1',
      'node_power_supply_capacity{power_supply="BAT0"} 81',
      'node_power_supply_current_ampere{power_supply="BAT0"} -0.52',
      'node_power_supply_cyclecount{power_supply="BAT0"} 0',
      'node_power_supply_temp_celsius{power_supply="BAT0"} 31.5',
      'node_power_supply_info{power_supply="BAT0",status="Discharging"} 1',
    ]);
  });

  test("leaves out what a driver lists and does not have", async () => {
    const bat = "sys/class/power_supply/BAT0";
    const source = host({
      files: { [`${bat}/capacity`]: "9\n" },
      links: { [`${bat}/temp`]: "gone", [`${bat}/status`]: "gone" },
    });
    assert.deepEqual(await seriesOf(powersupplyclass(settingsOf(powersupplyclassSettings)), source), [
      'node_power_supply_capacity{power_supply="BAT0"} 9',
      'node_power_supply_info{power_supply="BAT0"} 1',
    ]);
  });

  test("leaves out what its setting names", async () => {
    const series = await seriesFor({ "collector.powersupply.ignored-supplies": "^BAT" });
    assert.ok(series.length === 2 && series.every((line) => line.includes('"AC"')));
  });

  test("rejects a number that is cut off", async () => {
    await assert.rejects(seriesFor({}, { "sys/class/power_supply/BAT0/capacity": "" }), /BAT0\/capacity: found ""/);
  });
});

describe("rapl()", () => {
  const folder = "sys/class/powercap";
  const files = {
    ...under(folder, {
      "intel-rapl:0/name": "package-1\n",
      "intel-rapl:0/energy_uj": "2500000\n",
      "intel-rapl/enabled": "1",
    }),
    ...under(folder, { "intel-rapl:0:0/name": "dram\n", "intel-rapl:0:0/energy_uj": "1000000\n" }),
    ...under(folder, { "intel-rapl:1:0/name": "dram\n", "intel-rapl:1:0/energy_uj": "3000000\n" }),
    ...under(folder, { "dtpm/name": "pkg 1\n", "psys/name": "psys-x-1\n", "psys/energy_uj": "0\n" }),
  };
  const source = host({ files });
  const path = (zone: string) => `path="${source.paths.sysfs}/class/powercap/${zone}"`;

  test("has a family for each zone, and a number for those of one name", async () => {
    assert.deepEqual(await seriesOf(rapl(settingsOf(raplSettings)), source), [
      `node_rapl_package_joules_total{index="1",${path("intel-rapl:0")}} 2.5`,
      `node_rapl_dram_joules_total{index="0",${path("intel-rapl:0:0")}} 1`,
      `node_rapl_dram_joules_total{index="1",${path("intel-rapl:1:0")}} 3`,
      `node_rapl_psys_x_1_joules_total{index="0",${path("psys")}} 0`,
    ]);
  });

  test("has one family on demand", async () => {
    const collector = rapl(settingsOf(raplSettings, { "collector.rapl.enable-zone-label": true }));
    const [first] = await seriesOf(collector, source);
    assert.equal(first, `node_rapl_joules_total{index="1",${path("intel-rapl:0")},rapl_zone="package"} 2.5`);
  });

  test("has no data where it may not read the meter", async () => {
    const locked = host({ files });
    chmodSync(`${locked.paths.sysfs}/class/powercap/psys/energy_uj`, 0);
    await assert.rejects(
      unprivileged(() => seriesOf(rapl(settingsOf(raplSettings)), locked)),
      NoData,
    );
  });

  test("rejects a meter that is cut off, and keeps those before it", async () => {
    const cut = host({ files: { ...files, [`${folder}/psys/energy_uj`]: "" } });
    const { name, message, series } = await failureOf(rapl(settingsOf(raplSettings)), cut);
    assert.deepEqual([name, series.length], ["Interrupted", 3]);
    assert.match(message, /energy_uj: found ""/);
  });
});

describe("rpi()", () => {
  const on = (series: readonly string[]) =>
    series
      .filter((line) => line.endsWith(" 1"))
      .map((line) => /reason="(\w+)",when="(\w+)"/.exec(line)?.slice(1).join(" "));

  for (const [word, want] of [
    ["0", []],
    ["50005", ["under_voltage now", "throttled now", "under_voltage occurred", "throttled occurred"]],
    ["80008", ["soft_temperature_limit now", "soft_temperature_limit occurred"]],
    ["0x20002", ["frequency_capped now", "frequency_capped occurred"]],
    ["e0000000", []],
  ] as const) {
    test(`reads ${word}`, () => {
      const series = throttledSamples(word).map(({ labels, value }) => `${labels} ${value}`);
      assert.equal(series.length, 8);
      assert.deepEqual(on(series), want);
    });
  }
  for (const word of ["", "0x", "throttled=0x0", "100000000"]) {
    test(`rejects "${word}"`, () => assert.throws(() => throttledSamples(word), /Cannot parse get_throttled: found/));
  }

  const firmware = "sys/devices/platform/soc/soc:firmware";
  const voltage = (text: string) => under("sys/class/hwmon/hwmon1", { name: "rpi_volt\n", in0_lcrit_alarm: text });
  const alarm = voltage("1\n");

  test("reads the firmware's word", async () => {
    const series = await seriesOf(rpi(), host({ files: { ...alarm, [`${firmware}/get_throttled`]: "2\n" } }));
    assert.deepEqual(on(series), ["frequency_capped now"]);
  });

  test("finds the firmware of a Raspberry Pi 5", async () => {
    const device = "sys/devices/platform/soc@107c000000/soc@107c000000:firmware";
    const driver = "sys/bus/platform/drivers/raspberrypi-firmware";
    const source = host({
      files: { [`${device}/get_throttled`]: "0\n", [`${driver}/uevent`]: "" },
      links: {
        [`${driver}/soc@107c000000:firmware`]: "../../../../devices/platform/soc@107c000000/soc@107c000000:firmware",
      },
    });
    assert.equal((await seriesOf(rpi(), source)).length, 8);
  });

  const ofAlarm = ['tsmon_pi_throttled{reason="under_voltage",when="now"} 1'];

  test("falls back to the alarm of the voltage", async () => {
    assert.deepEqual(await seriesOf(rpi(), host({ files: alarm })), ofAlarm);
  });

  test("does not provoke a kernel that panics on warnings", async () => {
    const files = { ...alarm, [`${firmware}/get_throttled`]: "0\n", "proc/sys/kernel/panic_on_warn": "1\n" };
    assert.deepEqual(await seriesOf(rpi(), host({ files })), ofAlarm);
  });

  test("has no data where the kernel tells nothing", async () => {
    const other = under("sys/class/hwmon/hwmon0", { name: "coretemp\n", in0_lcrit_alarm: "1\n" });
    for (const files of [{ [`${firmware}/`]: "" }, voltage(""), other]) {
      await assert.rejects(seriesOf(rpi(), host({ files })), NoData);
    }
  });
});

describe("tapestats()", () => {
  const files = {
    ...under("sys/class/scsi_tape/st0/stats", { in_flight: "1\n", io_ns: "9247011087720\n", read_cnt: "3741\n" }),
    ...under("sys/class/scsi_tape", { "nst0/stats/in_flight": "1\n", "st0a/stats/in_flight": "1\n" }),
    ...under("sys/class/scsi_tape", { "st12/stats/write_byte_cnt": "5\n" }),
  };
  const seriesFor = (given: Record<string, unknown>, changes: Record<string, string> = {}) =>
    seriesOf(tapestats(settingsOf(tapestatsSettings, given)), host({ files: { ...files, ...changes } }));

  test("reports each drive once, in seconds", async () => {
    assert.deepEqual(await seriesFor({}), [
      'node_tape_io_now{device="st0"} 1',
      'node_tape_io_time_seconds_total{device="st0"} 9247.01108772',
      'node_tape_reads_completed_total{device="st0"} 3741',
      'node_tape_written_bytes_total{device="st12"} 5',
    ]);
  });

  test("leaves out what its setting names", async () => {
    assert.equal((await seriesFor({ "collector.tapestats.ignored-devices": "^st0$" })).length, 1);
  });

  test("rejects a count that is cut off", async () => {
    await assert.rejects(seriesFor({}, { "sys/class/scsi_tape/st0/stats/read_cnt": "" }), SyntaxError);
  });
});

describe("thermalZone()", () => {
  test("reports zones in degrees, and cooling devices even when they are off", async () => {
    const files = {
      ...under("sys/class/thermal/thermal_zone0", { type: "cpu-thermal\n", temp: "49925\n" }),
      ...under("sys/class/thermal/thermal_zone1", { type: "sleeps\n" }),
      ...under("sys/class/thermal/thermal_zone2", { type: "cold\n", temp: "-44000\n" }),
      ...under("sys/class/thermal/cooling_device0", { type: "Processor\n", max_state: "10\n", cur_state: "0\n" }),
      ...under("sys/class/thermal/cooling_device1", { type: "powerclamp\n", max_state: "50\n", cur_state: "-1\n" }),
      ...under("sys/class/thermal/cooling_device2", { type: "gone\n" }),
      ...under("sys/class/thermal/cooling_device3", { type: "fan\n", cur_state: "1\n" }),
      ...under("sys/class/thermal/cooling_device4", { type: "fan\n", max_state: "1\n" }),
      ...under("sys/class/thermal/cooling_device5", { max_state: "2\n", cur_state: "1\n" }),
    };
    const series = await seriesOf(thermalZone(), host({ files }));
    assert.deepEqual(series.sort(), [
      'node_cooling_device_cur_state{name="0",type="Processor"} 0',
      'node_cooling_device_cur_state{name="1",type="powerclamp"} -1',
      'node_cooling_device_max_state{name="0",type="Processor"} 10',
      'node_cooling_device_max_state{name="1",type="powerclamp"} 50',
      'node_thermal_zone_temp{type="cold",zone="2"} -44',
      'node_thermal_zone_temp{type="cpu-thermal",zone="0"} 49.925',
    ]);
  });

  test("lacks a zone alone whose sensor fails in whatever way", async () => {
    const files = {
      ...under("sys/class/thermal/thermal_zone0", { type: "cpu\n", "temp/is": "a folder" }),
      ...under("sys/class/thermal/thermal_zone1", { type: "gpu\n", temp: "5000\n" }),
    };
    const series = await seriesOf(thermalZone(), host({ files }));
    assert.deepEqual(series, ['node_thermal_zone_temp{type="gpu",zone="1"} 5']);
  });

  test("rejects a temperature that is no number", async () => {
    const files = under("sys/class/thermal/thermal_zone0", { type: "cpu\n", temp: "hot\n" });
    await assert.rejects(seriesOf(thermalZone(), host({ files })), /thermal_zone0\/temp: found "hot"/);
  });
});

describe("watchdog()", () => {
  test("reports what each watchdog tells", async () => {
    const files = {
      ...under("sys/class/watchdog/watchdog0", {
        bootstatus: "1\n",
        fw_version: "0\n",
        timeleft: "300\n",
        timeout: "60\n",
      }),
      ...under("sys/class/watchdog/watchdog0", {
        identity: "Software Watchdog\n",
        state: "active\n",
        options: "0x8380\n",
      }),
      "sys/class/watchdog/watchdog1/": "",
    };
    const info = (name: string, words: string) => {
      const [identity = "", options = "", state = ""] = words.split(",");
      return `node_watchdog_info{identity="${identity}",name="${name}",options="${options}",pretimeout_governor="",state="${state}",status=""} 1`;
    };
    assert.deepEqual(await seriesOf(watchdog(), host({ files })), [
      'node_watchdog_bootstatus{name="watchdog0"} 1',
      'node_watchdog_fw_version{name="watchdog0"} 0',
      'node_watchdog_timeleft_seconds{name="watchdog0"} 300',
      'node_watchdog_timeout_seconds{name="watchdog0"} 60',
      info("watchdog0", "Software Watchdog,0x8380,active"),
      info("watchdog1", ""),
    ]);
  });

  test("rejects a number that is cut off", async () => {
    const files = { "sys/class/watchdog/watchdog0/timeout": "" };
    await assert.rejects(seriesOf(watchdog(), host({ files })), /timeout: found ""/);
  });
});
