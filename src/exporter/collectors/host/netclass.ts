import { readdirSync } from "node:fs";
import { type Collector, NoData } from "../../collector.ts";
import { counter, gauge, type Metric, type Sample } from "../../metric.ts";
import { isAbsence } from "./files.ts";
import { regExpSetting, type Settings, switchSetting } from "./settings.ts";
import type { HostSource } from "./source.ts";
import { parseInteger, readableAttribute } from "./sysfs.ts";

/** Settings of {@linkcode netclass}. */
export const netclassSettings = {
  "collector.netclass.ignored-devices": regExpSetting("^$", "Regexp of network devices to leave out"),
  "collector.netclass.ignore-invalid-speed": switchSetting(
    false,
    "Leave out speeds that are negative, which means unknown",
  ),
};

const property = (make: typeof gauge, name: string) =>
  make(`node_network_${name}`, `Network device property: ${name}`, ["device"]);

const UP = gauge("node_network_up", "Value is 1 if operstate is 'up', 0 otherwise.", ["device"]);
const INFO = gauge("node_network_info", "Non-numeric data from /sys/class/net/<iface>, value is always 1.", [
  "device",
  "address",
  "broadcast",
  "duplex",
  "operstate",
  "adminstate",
  "ifalias",
]);
const FLAGS = property(gauge, "flags");
const SPEED = property(gauge, "speed_bytes");

/** Families of the files that hold one number, besides flags and speed (sysfs-class-net of the kernel's ABI docs). */
const NUMBERS: readonly (readonly [file: string, metric: Metric<"device">])[] = [
  ["addr_assign_type", property(gauge, "address_assign_type")],
  ["carrier", property(gauge, "carrier")],
  ["carrier_changes", property(counter, "carrier_changes_total")],
  ["carrier_up_count", property(counter, "carrier_up_changes_total")],
  ["carrier_down_count", property(counter, "carrier_down_changes_total")],
  ["dev_id", property(gauge, "device_id")],
  ["dormant", property(gauge, "dormant")],
  ["ifindex", property(gauge, "iface_id")],
  ["iflink", property(gauge, "iface_link")],
  ["link_mode", property(gauge, "iface_link_mode")],
  ["mtu", property(gauge, "mtu_bytes")],
  ["name_assign_type", property(gauge, "name_assign_type")],
  ["netdev_group", property(gauge, "net_dev_group")],
  ["tx_queue_len", property(gauge, "transmit_queue_length")],
  ["type", property(gauge, "protocol_type")],
];

const BYTES_PER_MEGABIT = 1_000_000 / 8;
const IFF_UP = 1;

/**
 * Properties of network devices, from sysfs. A file that a device refuses to answer, as a device without link does with
 * its speed, leaves out that property only.
 *
 * Netlink would give nearly the same, without the label `adminstate`; its `altnames_info`, its own form of `flags`,
 * `duplex`, `dormant` and unknown speeds, and the link of a device that is down are not to be had from sysfs.
 */
export function netclass(settings: Settings<typeof netclassSettings>): Collector<HostSource> {
  const ignored = settings["collector.netclass.ignored-devices"];
  const withInvalidSpeed = !settings["collector.netclass.ignore-invalid-speed"];
  return {
    name: "netclass",
    metrics: () => [UP, INFO, FLAGS, SPEED, ...NUMBERS.map(([, metric]) => metric)],
    collect({ paths }) {
      const folder = `${paths.sysfs}/class/net`;
      const samples: Sample[] = [];
      for (const device of networkDevices(folder)) {
        if (!ignored?.test(device)) addDevice(samples, device, `${folder}/${device}`, withInvalidSpeed);
      }
      return samples;
    },
  };
}

/** Names of what is in a folder and is no plain file, as `bonding_masters` is, sorted. */
function networkDevices(folder: string): string[] {
  try {
    const entries = readdirSync(folder, { withFileTypes: true });
    const devices = entries.filter((entry) => !entry.isFile());
    return devices.map(({ name }) => name).sort();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (isAbsence(error) || code === "EACCES" || code === "EPERM") throw new NoData(`Cannot list ${folder}: ${code}`);
    throw error;
  }
}

function addDevice(samples: Sample[], device: string, folder: string, withInvalidSpeed: boolean): void {
  const operstate = readableAttribute(`${folder}/operstate`);
  const flags = parseInteger(readableAttribute(`${folder}/flags`));
  if (operstate === undefined && flags === undefined) return; // gone since it was listed
  const labels = UP.labels({ device });
  samples.push(UP.sample(operstate === "up" ? 1 : 0, labels), infoSample(device, folder, operstate ?? "", flags));
  if (flags !== undefined) samples.push(FLAGS.sample(flags, labels));
  for (const [file, metric] of NUMBERS) {
    const value = parseInteger(readableAttribute(`${folder}/${file}`));
    if (value !== undefined) samples.push(metric.sample(value, labels));
  }
  const megabits = parseInteger(readableAttribute(`${folder}/speed`));
  if (megabits !== undefined && (megabits >= 0 || withInvalidSpeed)) {
    samples.push(SPEED.sample(megabits * BYTES_PER_MEGABIT, labels));
  }
}

function infoSample(device: string, folder: string, operstate: string, flags: number | undefined): Sample {
  const text = (file: string) => readableAttribute(`${folder}/${file}`) ?? "";
  return INFO.sample(1, {
    device,
    address: text("address"),
    broadcast: text("broadcast"),
    duplex: text("duplex"),
    operstate,
    adminstate: flags === undefined ? "unknown" : flags & IFF_UP ? "up" : "down",
    ifalias: text("ifalias"),
  });
}
