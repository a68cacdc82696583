import { existsSync } from "node:fs";
import { type Collector, NoData } from "../../collector.ts";
import { gauge, type Sample } from "../../metric.ts";
import { namesIn, readTextIfPresent } from "./files.ts";
import type { HostSource } from "./source.ts";
import { attributeIfPresent } from "./sysfs.ts";

const THROTTLED = gauge(
  "tsmon_pi_throttled",
  "Whether the Raspberry Pi's firmware sees a reason to hold the processor back: 1 means yes, now or at some time since it last forgot.",
  ["reason", "when"],
);

/** Reasons in the order of their bits, and the bit of the first one by the value of the label `when`. */
const REASONS = ["under_voltage", "frequency_capped", "throttled", "soft_temperature_limit"];
const FIRST_BITS = { now: 0, occurred: 16 };

/**
 * What the firmware of a Raspberry Pi says of its power supply and its heat
 * (https://www.raspberrypi.com/documentation/computers/os.html#get_throttled), from sysfs. What has occurred is forgotten
 * at boot, and by the kernel's driver rpi_volt every other second (raspberrypi-hwmon.c). Kernels without get_throttled,
 * which are those of kernel.org and Raspberry Pi OS's since 2025 (https://github.com/raspberrypi/linux/pull/6697), tell of
 * under-voltage only.
 */
export function rpi(): Collector<HostSource> {
  return {
    name: "rpi",
    metrics: () => [THROTTLED],
    collect({ paths }) {
      const firmware = firmwareFolder(paths.sysfs);
      const isAsked = firmware !== undefined && isSafeToAsk(paths.procfs);
      const word = isAsked ? attributeIfPresent(`${firmware}/get_throttled`) : undefined;
      const samples = word === undefined ? alarmSamples(`${paths.sysfs}/class/hwmon`) : throttledSamples(word);
      if (samples.length === 0) throw new NoData("no Raspberry Pi, or one that tells no throttle state");
      return samples;
    },
  };
}

/** The firmware's device, whose name is `soc:firmware` or, on a Raspberry Pi 5, `soc@107c000000:firmware`. */
function firmwareFolder(sysfs: string): string | undefined {
  const usual = `${sysfs}/devices/platform/soc/soc:firmware`;
  if (existsSync(usual)) return usual;
  const driver = `${sysfs}/bus/platform/drivers/raspberrypi-firmware`;
  const device = namesIn(driver).find((name) => name.endsWith("firmware"));
  return device === undefined ? undefined : `${driver}/${device}`;
}

/** The first look at get_throttled makes kernels since 4.19 warn that it is deprecated, which must not end in a panic. */
function isSafeToAsk(procfs: string): boolean {
  return readTextIfPresent(`${procfs}/sys/kernel/panic_on_warn`)?.trim() !== "1";
}

/**
 * Samples of the bits that get_throttled shows, in hexadecimal digits with no prefix.
 *
 * @throws {SyntaxError} If it is anything else.
 */
export function throttledSamples(word: string): Sample[] {
  if (!/^(0x)?[0-9a-f]{1,8}$/i.test(word)) throw new SyntaxError(`Cannot parse get_throttled: found "${word}"`);
  const bits = Number.parseInt(word, 16);
  return Object.entries(FIRST_BITS).flatMap(([when, first]) => {
    return REASONS.map((reason, i) => THROTTLED.sample((bits >>> (first + i)) & 1, { reason, when }));
  });
}

/** The alarm of the driver rpi_volt, which is on while the voltage was too low at its last look, at most 2 s ago. */
function alarmSamples(folder: string): Sample[] {
  return namesIn(folder).flatMap((name) => {
    if (readTextIfPresent(`${folder}/${name}/name`)?.trim() !== "rpi_volt") return [];
    const alarm = attributeIfPresent(`${folder}/${name}/in0_lcrit_alarm`);
    if (alarm !== "0" && alarm !== "1") return [];
    return [THROTTLED.sample(Number(alarm), { reason: "under_voltage", when: "now" })];
  });
}
