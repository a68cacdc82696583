import type { Collector } from "../../collector.ts";
import { gauge, type Sample } from "../../metric.ts";
import { namesIn } from "./files.ts";
import { unsigned } from "./parse.ts";
import type { HostSource } from "./source.ts";
import { attribute, attributeIfPresent, namesOrNoData } from "./sysfs.ts";

const INFO = gauge("node_dmmultipath_device_info", "Non-numeric information about a DM-multipath device.", [
  "device",
  "sysfs_name",
  "uuid",
]);

const ofDevice = (name: string, help: string) =>
  gauge(`node_dmmultipath_device_${name}`, help, ["device", "sysfs_name"]);

const ACTIVE = ofDevice("active", "Whether the multipath device-mapper device is active (1) or suspended (0).");
const SIZE = ofDevice("size_bytes", "Size of the multipath device in bytes, read from /sys/block/<dm>/size.");
const PATHS = ofDevice("paths", "Number of paths for a multipath device.");
const PATHS_ACTIVE = ofDevice(
  "paths_active",
  "Number of paths in active state (SCSI running or NVMe live) for a multipath device.",
);
const PATHS_FAILED = ofDevice("paths_failed", "Number of paths not in active state for a multipath device.");
const PATH_STATE = gauge(
  "node_dmmultipath_path_state",
  "Reports the underlying device state for a multipath path, as read from /sys/block/<dev>/device/state.",
  ["device", "path", "state"],
);

const SECTOR_BYTES = 512;

/** Multipath devices of the device mapper and their paths, from sysfs. */
export function dmmultipath(): Collector<HostSource> {
  return {
    name: "dmmultipath",
    metrics: () => [INFO, ACTIVE, SIZE, PATHS, PATHS_ACTIVE, PATHS_FAILED, PATH_STATE],
    collect({ paths }) {
      const folder = `${paths.sysfs}/block`;
      const samples: Sample[] = [];
      for (const name of namesOrNoData(folder, "no block devices"))
        if (name.startsWith("dm-")) addDevice(samples, folder, name);
      return samples;
    },
  };
}

function addDevice(samples: Sample[], folder: string, sysfs_name: string): void {
  const path = `${folder}/${sysfs_name}`;
  const uuid = attributeIfPresent(`${path}/dm/uuid`);
  if (!uuid?.startsWith("mpath-")) return;
  const number = (file: string) => unsigned(attribute(`${path}/${file}`), `${path}/${file}`);
  const device = attribute(`${path}/dm/name`);
  const labels = ACTIVE.labels({ device, sysfs_name });
  samples.push(
    INFO.sample(1, { device, sysfs_name, uuid }),
    ACTIVE.sample(Number(number("dm/suspended") !== 1), labels),
    SIZE.sample(number("size") * SECTOR_BYTES, labels),
  );
  const slaves = namesIn(`${path}/slaves`);
  let active = 0;
  for (const slave of slaves) {
    const state = attribute(`${folder}/${slave}/device/state`);
    if (state === "running" || state === "live") active++;
    samples.push(PATH_STATE.sample(1, { device, path: slave, state }));
  }
  samples.push(
    PATHS.sample(slaves.length, labels),
    PATHS_ACTIVE.sample(active, labels),
    PATHS_FAILED.sample(slaves.length - active, labels),
  );
}
