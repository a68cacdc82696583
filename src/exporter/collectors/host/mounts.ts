import type { NameFilter } from "./filter.ts";
import { type MountInfo, unescapeOctal } from "./mountinfo.ts";

/** A mount to report. */
export interface Mount {
  /** Where this process reaches it: its mount point under the root file system's. */
  readonly path: string;
  readonly labels: { readonly device: string; readonly mountpoint: string; readonly fstype: string };
  /** Numbers of its device, and of those below it where file systems that look alike are stacked. */
  readonly devices: readonly { readonly major: string; readonly minor: string }[];
  readonly isReadOnly: boolean;
  /** Whether statfs(2) on it waits for something other than this machine's kernel. */
  readonly mayHang: boolean;
}

/** Which mounts to report. */
export interface MountFilters {
  readonly isReportedMountPoint: NameFilter;
  readonly isReportedType: NameFilter;
}

/**
 * Types whose statfs(2) copies counters that the kernel holds in memory, so that it does not wait for a server, a daemon
 * or a pool: file systems on block devices, those in memory, and the kernel's own. Not among them: network file systems,
 * FUSE, 9p and virtiofs; zfs, which waits for a suspended pool; and whatever is unknown.
 */
const KERNEL_MEMORY_TYPES = new Set([
  ...["ext2", "ext3", "ext4", "xfs", "btrfs", "bcachefs", "f2fs", "jfs", "nilfs2", "reiserfs", "minix", "ufs"],
  ...["vfat", "msdos", "exfat", "ntfs3", "hfs", "hfsplus", "udf", "iso9660", "squashfs", "erofs", "cramfs", "romfs"],
  ...["jffs2", "ubifs", "tmpfs", "ramfs", "devtmpfs", "rootfs", "hugetlbfs", "overlay", "proc", "sysfs", "devpts"],
  ...["autofs", "binfmt_misc", "bpf", "cgroup", "cgroup2", "configfs", "debugfs", "efivarfs", "fusectl", "mqueue"],
  ...["nsfs", "pstore", "rpc_pipefs", "securityfs", "selinuxfs", "tracefs"],
]);

/** Mounts that pass the filters, once for each set of labels: where mounts are stacked, the one on top. */
export function mountsToReport(all: readonly MountInfo[], rootfs: string, filters: MountFilters): Mount[] {
  const root = rootfs.replace(/\/+$/, "");
  const byId = new Map(all.map((mount) => [mount.id, mount]));
  const mounts = new Map<string, Mount>();
  for (const info of all) {
    const mountpoint = wellFormed(withoutRoot(unescapeBlanks(info.mountPoint), root));
    if (!filters.isReportedMountPoint(mountpoint) || !filters.isReportedType(info.fsType)) continue;
    const path = root + withoutRoot(unescapeOctal(info.mountPoint), root);
    const labels = { device: wellFormed(info.source), mountpoint, fstype: wellFormed(info.fsType) };
    const key = JSON.stringify(labels);
    const below = mounts.get(key)?.devices.filter(({ major, minor }) => major !== info.major || minor !== info.minor);
    const devices = [...(below ?? []), { major: info.major, minor: info.minor }];
    mounts.set(key, { path, labels, devices, isReadOnly: info.isReadOnly, mayHang: mayHang(info, byId) });
  }
  return [...mounts.values()];
}

/** Of the escapes, labels show blanks and tabs as they are (fstab(5)) and keep the others, as node_exporter's do. */
function unescapeBlanks(path: string): string {
  return path.replaceAll("\\040", " ").replaceAll("\\011", "\t");
}

function withoutRoot(path: string, root: string): string {
  return (path.startsWith(root) ? path.slice(root.length) : path) || "/";
}

/** One replacement character for a run of bytes that are not UTF-8, of which decoding made one each. */
function wellFormed(text: string): string {
  return text.replace(/\uFFFD+/g, "\uFFFD");
}

/** Whether it, or a mount that the way to it leads through, may hang. */
function mayHang(mount: MountInfo, byId: ReadonlyMap<string, MountInfo>): boolean {
  const seen = new Set<MountInfo>();
  for (let at: MountInfo | undefined = mount; at && !seen.has(at); at = byId.get(at.parentId)) {
    if (!KERNEL_MEMORY_TYPES.has(at.fsType)) return true;
    seen.add(at);
  }
  return false;
}
