import { readText } from "./files.ts";
import type { Zone } from "./zone.ts";

/** Where the host's pseudo file systems and its root are mounted. */
export interface HostPaths {
  readonly procfs: string;
  readonly sysfs: string;
  readonly rootfs: string;
  readonly udevData: string;
}

/** What statfs(2) says of a file system: block size in bytes, then counts of blocks and of inodes. */
export interface StatfsCounts {
  readonly bsize: number;
  readonly blocks: number;
  readonly bfree: number;
  readonly bavail: number;
  readonly files: number;
  readonly ffree: number;
}

/** A thread that does statfs(2) calls, one after another, so that one which never returns blocks nothing else. */
export interface StatfsWorker {
  /** Counts of the file system mounted at a path. Rejects with the system's error, which has a `code`. */
  statfs(path: string): Promise<StatfsCounts>;
  /** Ends the thread. Not to be called while a call is pending. */
  stop(): void;
}

/** What adjtimex(2) says of the kernel's clock. Units are the kernel's own, which `status` has a say in. */
export interface ClockState {
  /** State of the clock, such as TIME_OK or TIME_ERROR. */
  readonly state: number;
  readonly offset: number;
  readonly freq: number;
  readonly maxerror: number;
  readonly esterror: number;
  readonly status: number;
  readonly constant: number;
  readonly tick: number;
  readonly ppsfreq: number;
  readonly jitter: number;
  readonly shift: number;
  readonly stabil: number;
  readonly jitcnt: number;
  readonly calcnt: number;
  readonly errcnt: number;
  readonly stbcnt: number;
  readonly tai: number;
}

/** What a scrape offers to the host collectors. */
export interface HostSource {
  readonly paths: HostPaths;
  /** Where this process itself sees procfs and sysfs, which is what netlink would tell it, whatever `paths` says. */
  readonly ownPaths: Pick<HostPaths, "procfs" | "sysfs">;
  /** Aborts when the scrape's time is up. */
  readonly signal: AbortSignal;
  /** Unix time in milliseconds. */
  now(): number;
  /** Time zone in force at a Unix time in seconds. */
  zoneAt(unixSeconds: number): Zone;
  /** statfs(2) on the calling thread. Throws the system's error. */
  statfs(path: string): StatfsCounts;
  startStatfsWorker(): StatfsWorker;
  /** adjtimex(2) that changes nothing. Throws the system's error, or one that says why it cannot be called. */
  adjtimex(): ClockState;
  /** Text of `stat` in procfs, read once a scrape: the kernel sums every interrupt of every CPU to print it. */
  procStat(): string;
}

/** A source for one scrape. */
export function hostSource(parts: Omit<HostSource, "procStat">): HostSource {
  let stat: string | undefined;
  return {
    ...parts,
    procStat() {
      stat ??= readText(`${parts.paths.procfs}/stat`);
      return stat;
    },
  };
}
