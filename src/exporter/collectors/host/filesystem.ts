import * as z from "zod/mini";
import type { Collector } from "../../collector.ts";
import { gauge, type Sample } from "../../metric.ts";
import { errnoMessage } from "./errno.ts";
import { readText, readTextIfPresent } from "./files.ts";
import { nameFilter } from "./filter.ts";
import { parseMountInfo } from "./mountinfo.ts";
import { type Mount, type MountFilters, mountsToReport } from "./mounts.ts";
import { durationSetting, regExpSetting, type Settings } from "./settings.ts";
import type { HostPaths, HostSource } from "./source.ts";
import { type StatfsOutcome, StatfsPool } from "./statfs-pool.ts";

/** What `--collector.filesystem.mount-points-exclude` is by default. */
export const EXCLUDED_MOUNT_POINTS =
  "^/(dev|proc|run/credentials/.+|sys|var/lib/docker/.+|var/lib/containers/storage/.+)($|/)";
/** What `--collector.filesystem.fs-types-exclude` is by default. */
export const EXCLUDED_TYPES = `^(${[
  ...["autofs", "binfmt_misc", "bpf", "cgroup2?", "configfs", "debugfs", "devpts", "devtmpfs", "fusectl"],
  ...["hugetlbfs", "iso9660", "mqueue", "nsfs", "overlay", "proc", "procfs", "pstore", "rpc_pipefs", "securityfs"],
  ...["selinuxfs", "squashfs", "erofs", "sysfs", "tracefs"],
].join("|")})$`;

/** Settings of {@linkcode filesystem}. */
export const filesystemSettings = {
  "collector.filesystem.mount-points-exclude": regExpSetting(
    EXCLUDED_MOUNT_POINTS,
    "Regexp of mount points to leave out",
  ),
  "collector.filesystem.mount-points-include": regExpSetting(
    "",
    "Regexp of mount points to report, instead of the exclusion",
  ),
  "collector.filesystem.fs-types-exclude": regExpSetting(EXCLUDED_TYPES, "Regexp of file system types to leave out"),
  "collector.filesystem.fs-types-include": regExpSetting(
    "",
    "Regexp of file system types to report, instead of the exclusion",
  ),
  "collector.filesystem.mount-timeout": durationSetting("5s", "How long a mount may take to answer"),
  "collector.filesystem.stat-workers": z
    ._default(z.int(), 4)
    .register(z.globalRegistry, { description: "How many mounts that may hang are asked at once" }),
};

const family = (name: string, help: string) => {
  return gauge(`node_filesystem_${name}`, help, ["device", "mountpoint", "fstype", "device_error"]);
};
const SIZE = family("size_bytes", "Filesystem size in bytes.");
const FREE = family("free_bytes", "Filesystem free space in bytes.");
const AVAILABLE = family("avail_bytes", "Filesystem space available to non-root users in bytes.");
const FILES = family("files", "Filesystem total file nodes.");
const FILES_FREE = family("files_free", "Filesystem total free file nodes.");
const PURGEABLE = family("purgeable_bytes", "Filesystem space available including purgeable space (MacOS specific).");
const READONLY = family("readonly", "Filesystem read-only status.");
const DEVICE_ERROR = family("device_error", "Whether an error occurred while getting statistics for the given device.");
const MOUNT_INFO = gauge("node_filesystem_mount_info", "Filesystem mount information.", [
  "device",
  "major",
  "minor",
  "mountpoint",
]);

/** Size and use of mounted file systems, from mountinfo in procfs and statfs(2). */
export function filesystem(settings: Settings<typeof filesystemSettings>): Collector<HostSource> {
  const mountsOf = mountsReader(filtersOf(settings));
  const pool = new StatfsPool({
    workers: Math.max(settings["collector.filesystem.stat-workers"], 1),
    timeoutSeconds: settings["collector.filesystem.mount-timeout"],
  });
  return {
    name: "filesystem",
    metrics: () => [SIZE, FREE, AVAILABLE, FILES, FILES_FREE, PURGEABLE, READONLY, DEVICE_ERROR, MOUNT_INFO],
    collect(source) {
      const mounts = mountsOf(source.paths);
      const mayHang = mounts.filter((mount) => mount.mayHang);
      if (mayHang.length > 0) return collectAll(mounts, mayHang, pool, source);
      pool.stopIdle();
      return mounts.flatMap((mount) => mountSamples(mount, statfsOutcome(mount.path, source)));
    },
  };
}

async function collectAll(mounts: readonly Mount[], mayHang: readonly Mount[], pool: StatfsPool, source: HostSource) {
  const paths = mayHang.map(({ path }) => path);
  const outcomes = await pool.statfsAll(paths, source);
  return mounts.flatMap((mount) => {
    const outcome = mount.mayHang ? outcomes[paths.indexOf(mount.path)]! : statfsOutcome(mount.path, source);
    return mountSamples(mount, outcome);
  });
}

/** A function that returns the mounts to report. It parses again only when they have changed, which is seldom. */
function mountsReader(filters: MountFilters): (paths: HostPaths) => readonly Mount[] {
  let last: { text: string; mounts: readonly Mount[] } | undefined;
  return ({ procfs, rootfs }) => {
    // Those of process 1, for this process may live in a mount namespace of its own; its own where that one is hidden.
    const text = readTextIfPresent(`${procfs}/1/mountinfo`) ?? readText(`${procfs}/self/mountinfo`);
    if (last?.text !== text) last = { text, mounts: mountsToReport(parseMountInfo(text), rootfs, filters) };
    return last.mounts;
  };
}

function filtersOf(settings: Settings<typeof filesystemSettings>): MountFilters {
  return {
    isReportedMountPoint: nameFilter({
      exclude: settings["collector.filesystem.mount-points-exclude"],
      include: settings["collector.filesystem.mount-points-include"],
      initialExclude: EXCLUDED_MOUNT_POINTS,
    }),
    isReportedType: nameFilter({
      exclude: settings["collector.filesystem.fs-types-exclude"],
      include: settings["collector.filesystem.fs-types-include"],
      initialExclude: EXCLUDED_TYPES,
    }),
  };
}

function statfsOutcome(path: string, { statfs }: HostSource): StatfsOutcome {
  try {
    return statfs(path);
  } catch (error) {
    return { error: errnoMessage(error) };
  }
}

function mountSamples(mount: Mount, outcome: StatfsOutcome): Sample[] {
  const isReadOnly = Number(mount.isReadOnly);
  if ("error" in outcome) {
    const labels = SIZE.labels({ ...mount.labels, device_error: outcome.error });
    return [DEVICE_ERROR.sample(1, labels), READONLY.sample(isReadOnly, labels)];
  }
  const { bsize, blocks, bfree, bavail, files, ffree } = outcome;
  const labels = SIZE.labels({ ...mount.labels, device_error: "" });
  const { device, mountpoint } = mount.labels;
  return [
    DEVICE_ERROR.sample(0, labels),
    READONLY.sample(isReadOnly, labels),
    SIZE.sample(blocks * bsize, labels),
    FREE.sample(bfree * bsize, labels),
    AVAILABLE.sample(bavail * bsize, labels),
    FILES.sample(files, labels),
    FILES_FREE.sample(ffree, labels),
    PURGEABLE.sample(0, labels), // node_exporter has it on Linux too, where nothing is purgeable
    ...mount.devices.map((numbers) => MOUNT_INFO.sample(1, { device, mountpoint, ...numbers })),
  ];
}
