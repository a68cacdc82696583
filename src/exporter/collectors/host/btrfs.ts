import type { Collector } from "../../collector.ts";
import { counter, gauge, type Metric, type Sample } from "../../metric.ts";
import { namesIn, readTextIfPresent } from "./files.ts";
import { fields, lines, quoted, unsigned } from "./parse.ts";
import type { HostSource } from "./source.ts";
import { attributeIfPresent, listedAttribute } from "./sysfs.ts";

const INFO = gauge("node_btrfs_info", "Filesystem information", ["label", "uuid"]);
const RESERVE = gauge("node_btrfs_global_rsv_size_bytes", "Size of global reserve.", ["uuid"]);

/** Family and scale of each line of `commit_stats`. */
const COMMITS: ReadonlyMap<string, readonly [metric: Metric<"uuid">, divisor: number]> = new Map([
  ["commits", [counter("node_btrfs_commits_total", "The total number of commits that have occurred.", ["uuid"]), 1]],
  [
    "last_commit_ms",
    [gauge("node_btrfs_last_commit_seconds", "Duration of the most recent commit, in seconds.", ["uuid"]), 1000],
  ],
  [
    "max_commit_ms",
    [gauge("node_btrfs_max_commit_seconds", "Duration of the slowest commit, in seconds.", ["uuid"]), 1000],
  ],
  [
    "total_commit_ms",
    [counter("node_btrfs_commit_seconds_total", "Sum of the duration of all commits, in seconds.", ["uuid"]), 1000],
  ],
]);

const RESERVED = gauge("node_btrfs_reserved_bytes", "Amount of space reserved for a data type", [
  "uuid",
  "block_group_type",
]);

const ofLayout = (name: string, help: string) =>
  gauge(`node_btrfs_${name}`, help, ["uuid", "block_group_type", "mode"]);

const USED = ofLayout("used_bytes", "Amount of used space by a layout/data type");
const SIZE = ofLayout("size_bytes", "Amount of space allocated for a layout/data type");
const RATIO = ofLayout("allocation_ratio", "Data allocation ratio for a layout/data type");

const DEVICE_SIZE = gauge("node_btrfs_device_size_bytes", "Size of a device that is part of the filesystem.", [
  "uuid",
  "device",
]);

const SECTOR_BYTES = 512;

/** Bytes on the devices for each byte of data, by layout and number of devices. */
const RATIOS: Readonly<Record<string, (devices: number) => number>> = {
  single: () => 1,
  raid0: () => 1,
  dup: () => 2,
  raid1: () => 2,
  raid10: () => 2,
  raid1c3: () => 3,
  raid1c4: () => 4,
  raid5: (devices) => devices / (devices - 1),
  raid6: (devices) => devices / (devices - 2),
};

/**
 * Space and commits of Btrfs, from sysfs (https://btrfs.readthedocs.io/en/latest/ch-sysfs.html). Of node_exporter's families, those
 * that take an ioctl on a mount and root are not here: `node_btrfs_device_unused_bytes`, `node_btrfs_device_errors_total`
 * and the label `btrfs_dev_uuid`. Without root, node_exporter reports what this does.
 */
export function btrfs(): Collector<HostSource> {
  return {
    name: "btrfs",
    metrics: () => [
      ...[INFO, RESERVE, ...[...COMMITS.values()].map(([metric]) => metric)],
      ...[RESERVED, USED, SIZE, RATIO, DEVICE_SIZE],
    ],
    collect({ paths }) {
      const folder = `${paths.sysfs}/fs/btrfs`;
      const samples: Sample[] = [];
      for (const name of namesIn(folder)) if (name.includes("-")) addFilesystem(samples, `${folder}/${name}`, name);
      return samples;
    },
  };
}

function addFilesystem(samples: Sample[], folder: string, name: string): void {
  const uuid = attributeIfPresent(`${folder}/metadata_uuid`) || name;
  const labels = RESERVE.labels({ uuid });
  const devices = namesIn(`${folder}/devices`);
  samples.push(INFO.sample(1, { label: attributeIfPresent(`${folder}/label`) ?? "", uuid }));
  addNumber(samples, `${folder}/allocation/global_rsv_size`, (value) => RESERVE.sample(value, labels));
  const commits = parseCommitStats(readTextIfPresent(`${folder}/commit_stats`) ?? "");
  for (const [metric] of COMMITS.values()) samples.push(metric.sample(commits.get(metric) ?? 0, labels));
  for (const type of ["data", "metadata", "system"]) {
    addAllocation(samples, `${folder}/allocation/${type}`, { uuid, type, devices: devices.length });
  }
  for (const device of devices) {
    addNumber(samples, `${folder}/devices/${device}/size`, (sectors) =>
      DEVICE_SIZE.sample(sectors * SECTOR_BYTES, { uuid, device }),
    );
  }
}

interface BlockGroup {
  readonly uuid: string;
  readonly type: string;
  readonly devices: number;
}

/** The folders among a block group's files are its layouts. */
function addAllocation(samples: Sample[], folder: string, { uuid, type, devices }: BlockGroup): void {
  const group = { uuid, block_group_type: type };
  addNumber(samples, `${folder}/bytes_reserved`, (value) => RESERVED.sample(value, group));
  for (const mode of namesIn(folder)) {
    const ratio = RATIOS[mode];
    if (ratio === undefined) continue;
    const labels = USED.labels({ ...group, mode });
    addNumber(samples, `${folder}/${mode}/used_bytes`, (value) => USED.sample(value, labels));
    addNumber(samples, `${folder}/${mode}/total_bytes`, (value) => SIZE.sample(value, labels));
    samples.push(RATIO.sample(ratio(devices), labels));
  }
}

/** 0 where the file is missing, of which node_exporter says so, as of a device that is. */
function addNumber(samples: Sample[], path: string, toSample: (value: number) => Sample): void {
  const text = listedAttribute(path);
  samples.push(toSample(text === undefined ? 0 : unsigned(text, path)));
}

/**
 * Values by family in the text of `commit_stats`, which kernels since 6.0 have; those before it count nothing, of which
 * node_exporter says 0.
 *
 * @throws {SyntaxError} If a line is not a name and a number.
 */
export function parseCommitStats(text: string): Map<Metric<"uuid">, number> {
  const values = new Map<Metric<"uuid">, number>();
  for (const line of lines(text)) {
    const [name = "", value, ...rest] = fields(line);
    if (rest.length > 0) throw new SyntaxError(`Cannot parse commit_stats: found "${quoted(line)}"`);
    const number = unsigned(value, "commit_stats");
    const [metric, divisor] = COMMITS.get(name) ?? [];
    if (metric !== undefined && divisor !== undefined) values.set(metric, number / divisor);
  }
  return values;
}
