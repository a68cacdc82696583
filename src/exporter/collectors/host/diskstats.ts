import type { Collector } from "../../collector.ts";
import { counter, gauge, type Metric, type Sample } from "../../metric.ts";
import { Cursor } from "./cursor.ts";
import { readText, readUnsignedIfPresent } from "./files.ts";
import { nameFilter } from "./filter.ts";
import { regExpSetting, type Settings } from "./settings.ts";
import type { HostPaths, HostSource } from "./source.ts";
import { readUdevProperties, UDEV_METRICS, type UdevProperties, udevSamples } from "./udev.ts";

/** What `--collector.diskstats.device-exclude` is by default. */
export const EXCLUDED_DEVICES = "^(z?ram|loop|fd|(h|s|v|xv)d[a-z]|nvme\\d+n\\d+p)\\d+$";

/** Settings of {@linkcode diskstats}. */
export const diskstatsSettings = {
  "collector.diskstats.device-exclude": regExpSetting(EXCLUDED_DEVICES, "Regexp of block devices to leave out"),
  "collector.diskstats.device-include": regExpSetting(
    "",
    "Regexp of block devices to report, instead of the exclusion",
  ),
};

/** Bytes in the kernel's sector, whatever the device's own is. */
const SECTOR_BYTES = 512;
const SECONDS_PER_MILLISECOND = 1 / 1000;

const total = (name: string, help: string) => counter(`node_disk_${name}_total`, help, ["device"]);

/** Family and scale of each column after the device's name (the kernel's Documentation/admin-guide/iostats.rst). */
const COLUMNS: readonly (readonly [metric: Metric<"device">, scale: number])[] = [
  [total("reads_completed", "The total number of reads completed successfully."), 1],
  [total("reads_merged", "The total number of reads merged."), 1],
  [total("read_bytes", "The total number of bytes read successfully."), SECTOR_BYTES],
  [total("read_time_seconds", "The total number of seconds spent by all reads."), SECONDS_PER_MILLISECOND],
  [total("writes_completed", "The total number of writes completed successfully."), 1],
  [total("writes_merged", "The number of writes merged."), 1],
  [total("written_bytes", "The total number of bytes written successfully."), SECTOR_BYTES],
  [total("write_time_seconds", "This is the total number of seconds spent by all writes."), SECONDS_PER_MILLISECOND],
  [gauge("node_disk_io_now", "The number of I/Os currently in progress.", ["device"]), 1],
  [total("io_time_seconds", "Total seconds spent doing I/Os."), SECONDS_PER_MILLISECOND],
  [total("io_time_weighted_seconds", "The weighted # of seconds spent doing I/Os."), SECONDS_PER_MILLISECOND],
  [total("discards_completed", "The total number of discards completed successfully."), 1],
  [total("discards_merged", "The total number of discards merged."), 1],
  [total("discarded_sectors", "The total number of sectors discarded successfully."), 1],
  [
    total("discard_time_seconds", "This is the total number of seconds spent by all discards."),
    SECONDS_PER_MILLISECOND,
  ],
  [total("flush_requests", "The total number of flush requests completed successfully"), 1],
  [
    total("flush_requests_time_seconds", "This is the total number of seconds spent by all flush requests."),
    SECONDS_PER_MILLISECOND,
  ],
];

const INFO = gauge("node_disk_info", "Info of /sys/block/<block_device>.", [
  "device",
  "major",
  "minor",
  "path",
  "wwn",
  "model",
  "serial",
  "revision",
  "rotational",
]);

/** Reads, writes and identity of block devices, from `diskstats` in procfs, sysfs and udev's data. */
export function diskstats(settings: Settings<typeof diskstatsSettings>): Collector<HostSource> {
  const isReported = nameFilter({
    exclude: settings["collector.diskstats.device-exclude"],
    include: settings["collector.diskstats.device-include"],
    initialExclude: EXCLUDED_DEVICES,
  });
  return {
    name: "diskstats",
    metrics: () => [INFO, ...COLUMNS.map(([metric]) => metric), ...UDEV_METRICS],
    collect({ paths }) {
      const disks = parseDiskstats(readText(`${paths.procfs}/diskstats`));
      return disks.filter(({ device }) => isReported(device)).flatMap((disk) => diskSamples(disk, paths));
    },
  };
}

/** One line of diskstats. */
export interface Disk {
  readonly major: string;
  readonly minor: string;
  readonly device: string;
  /** Columns after the name, as many as the kernel has. */
  readonly columns: readonly number[];
}

/** Disks in file order. Lines of partitions that kernels before 2.6.25 wrote with fewer columns are left out. */
export function parseDiskstats(text: string): Disk[] {
  const disks: Disk[] = [];
  const cursor = new Cursor(text, "diskstats");
  while (cursor.nextLine()) {
    if (!cursor.hasField()) continue;
    const [major, minor, device] = [String(cursor.unsigned()), String(cursor.unsigned()), cursor.field()];
    const columns: number[] = [];
    while (columns.length < COLUMNS.length && cursor.hasField()) columns.push(cursor.unsigned());
    if (columns.length >= 11) disks.push({ major, minor, device, columns });
  }
  return disks;
}

function diskSamples({ major, minor, device, columns }: Disk, { sysfs, udevData }: HostPaths): Sample[] {
  const udev = readUdevProperties(`${udevData}/b${major}:${minor}`);
  const isRotational = readUnsignedIfPresent(`${sysfs}/block/${device}/queue/rotational`) === 1;
  const labels = COLUMNS[0]![0].labels({ device });
  const samples = [INFO.sample(1, { device, major, minor, ...identity(udev), rotational: isRotational ? "1" : "0" })];
  for (let i = 0; i < columns.length; i++) {
    const [metric, scale] = COLUMNS[i]!;
    samples.push(metric.sample(columns[i]! * scale, labels));
  }
  samples.push(...udevSamples(device, udev));
  return samples;
}

function identity(udev: UdevProperties) {
  return {
    path: udev.get("ID_PATH") ?? "",
    wwn: udev.get("ID_WWN") ?? "",
    model: udev.get("ID_MODEL") ?? "",
    // The one on the disk's sticker first; ID_SERIAL is what virtio disks have.
    serial: udev.get("SCSI_IDENT_SERIAL") || udev.get("ID_SERIAL_SHORT") || udev.get("ID_SERIAL") || "",
    revision: udev.get("ID_REVISION") ?? "",
  };
}
