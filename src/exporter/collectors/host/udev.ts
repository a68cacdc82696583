import { gauge, type Sample } from "../../metric.ts";
import { readTextIfPresent } from "./files.ts";
import { lines } from "./parse.ts";

/** Properties of a device in udev's database (udevadm(8)). */
export type UdevProperties = ReadonlyMap<string, string>;

const FILESYSTEM = gauge("node_disk_filesystem_info", "Info about disk filesystem.", [
  "device",
  "type",
  "usage",
  "uuid",
  "version",
]);
const DEVICE_MAPPER = gauge("node_disk_device_mapper_info", "Info about disk device mapper.", [
  "device",
  "name",
  "uuid",
  "vg_name",
  "lv_name",
  "lv_layer",
]);

const ATA = [
  ["ID_ATA_WRITE_CACHE", gauge("node_disk_ata_write_cache", "ATA disk has a write cache.", ["device"])],
  [
    "ID_ATA_WRITE_CACHE_ENABLED",
    gauge("node_disk_ata_write_cache_enabled", "ATA disk has its write cache enabled.", ["device"]),
  ],
  [
    "ID_ATA_ROTATION_RATE_RPM",
    gauge("node_disk_ata_rotation_rate_rpm", "ATA disk rotation rate in RPMs (0 for SSDs).", ["device"]),
  ],
] as const;

/** Families that {@linkcode udevSamples} yields. */
export const UDEV_METRICS = [FILESYSTEM, DEVICE_MAPPER, ...ATA.map(([, metric]) => metric)];

/** Properties in a file of udev's database; none when udev does not run or does not know the device. */
export function readUdevProperties(path: string): UdevProperties {
  return parseUdevProperties(readTextIfPresent(path) ?? "");
}

/** Properties among the lines of a file of udev's database: those that begin with `E:`. */
export function parseUdevProperties(text: string): UdevProperties {
  const properties = new Map<string, string>();
  for (const line of lines(text)) {
    const equals = line.indexOf("=");
    if (line.startsWith("E:") && equals > 0) properties.set(line.slice(2, equals), line.slice(equals + 1));
  }
  return properties;
}

/** What udev found on and about a device. */
export function udevSamples(device: string, udev: UdevProperties): Sample[] {
  const property = (name: string) => udev.get(name) ?? "";
  const samples: Sample[] = [];
  const type = property("ID_FS_TYPE");
  if (type !== "") {
    const usage = property("ID_FS_USAGE");
    const labels = { device, type, usage, uuid: property("ID_FS_UUID"), version: property("ID_FS_VERSION") };
    samples.push(FILESYSTEM.sample(1, labels));
  }
  const name = property("DM_NAME");
  if (name !== "") {
    const layers = {
      vg_name: property("DM_VG_NAME"),
      lv_name: property("DM_LV_NAME"),
      lv_layer: property("DM_LV_LAYER"),
    };
    samples.push(DEVICE_MAPPER.sample(1, { device, name, uuid: property("DM_UUID"), ...layers }));
  }
  if (property("ID_ATA") !== "") samples.push(...ataSamples(device, udev));
  return samples;
}

function ataSamples(device: string, udev: UdevProperties): Sample[] {
  return ATA.flatMap(([name, metric]) => {
    const text = udev.get(name)?.trim();
    const value = Number(text || Number.NaN);
    return Number.isNaN(value) ? [] : metric.sample(value, { device });
  });
}
