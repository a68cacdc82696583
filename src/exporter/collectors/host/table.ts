import type z from "zod";
import type { Collector } from "../../collector.ts";
import { cpu, cpuSettings } from "./cpu.ts";
import { diskstats, diskstatsSettings } from "./diskstats.ts";
import { entropy } from "./entropy.ts";
import { filefd } from "./filefd.ts";
import { filesystem, filesystemSettings } from "./filesystem.ts";
import { loadavg } from "./loadavg.ts";
import { meminfo } from "./meminfo.ts";
import { netdev, netdevSettings } from "./netdev.ts";
import { os } from "./os.ts";
import { pressure } from "./pressure.ts";
import { processes } from "./processes.ts";
import { schedstat } from "./schedstat.ts";
import { selinux } from "./selinux.ts";
import type { HostSource } from "./source.ts";
import { stat, statSettings } from "./stat.ts";
import { systemd, systemdSettings } from "./systemd.ts";
import { textfile, textfileSettings } from "./textfile.ts";
import { time } from "./time.ts";
import { timex } from "./timex.ts";
import { uname } from "./uname.ts";
import { vmstat, vmstatSettings } from "./vmstat.ts";

/** A row of {@linkcode HOST_COLLECTORS}. */
export interface HostCollector {
  readonly name: string;
  readonly byDefault: boolean;
  /** Its settings by flag name. */
  readonly settings: z.ZodRawShape;
  /** The collector with these settings. Throws a RangeError when two of them contradict each other. */
  readonly create: (settings: never) => Collector<HostSource>;
}

/** Every collector of the host, in the order of --help. To add one: write its file, add its row. */
export const HOST_COLLECTORS = [
  { name: "cpu", byDefault: true, settings: cpuSettings, create: cpu },
  { name: "diskstats", byDefault: true, settings: diskstatsSettings, create: diskstats },
  { name: "entropy", byDefault: true, settings: {}, create: entropy },
  { name: "filefd", byDefault: true, settings: {}, create: filefd },
  { name: "filesystem", byDefault: true, settings: filesystemSettings, create: filesystem },
  { name: "loadavg", byDefault: true, settings: {}, create: loadavg },
  { name: "meminfo", byDefault: true, settings: {}, create: meminfo },
  { name: "netdev", byDefault: true, settings: netdevSettings, create: netdev },
  { name: "os", byDefault: true, settings: {}, create: os },
  { name: "pressure", byDefault: true, settings: {}, create: pressure },
  { name: "processes", byDefault: false, settings: {}, create: processes },
  { name: "schedstat", byDefault: true, settings: {}, create: schedstat },
  { name: "selinux", byDefault: true, settings: {}, create: selinux },
  { name: "stat", byDefault: true, settings: statSettings, create: stat },
  { name: "systemd", byDefault: false, settings: systemdSettings, create: systemd },
  { name: "textfile", byDefault: true, settings: textfileSettings, create: textfile },
  { name: "time", byDefault: true, settings: {}, create: time },
  { name: "timex", byDefault: true, settings: {}, create: timex },
  { name: "uname", byDefault: true, settings: {}, create: uname },
  { name: "vmstat", byDefault: true, settings: vmstatSettings, create: vmstat },
] as const satisfies readonly HostCollector[];
