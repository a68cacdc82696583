import type z from "zod";
import type { Collector } from "../../collector.ts";
import { arp, arpSettings } from "./arp.ts";
import { bonding } from "./bonding.ts";
import { conntrack } from "./conntrack.ts";
import { cpu, cpuSettings } from "./cpu.ts";
import { diskstats, diskstatsSettings } from "./diskstats.ts";
import { fibrechannel } from "./fibrechannel.ts";
import { filesystem, filesystemSettings } from "./filesystem.ts";
import { infiniband, infinibandSettings } from "./infiniband.ts";
import { interrupts, interruptsSettings } from "./interrupts.ts";
import { ipvs, ipvsSettings } from "./ipvs.ts";
import { loadavg } from "./loadavg.ts";
import { meminfo } from "./meminfo.ts";
import { netclass, netclassSettings } from "./netclass.ts";
import { netdev, netdevSettings } from "./netdev.ts";
import { netstat, netstatSettings } from "./netstat.ts";
import { nfs } from "./nfs.ts";
import { nfsd } from "./nfsd.ts";
import { os } from "./os.ts";
import { sockstat } from "./sockstat.ts";
import { softnet } from "./softnet.ts";
import type { HostSource } from "./source.ts";
import { stat, statSettings } from "./stat.ts";
import { tcpstat } from "./tcpstat.ts";
import { time } from "./time.ts";
import { udpQueues } from "./udp-queues.ts";
import { uname } from "./uname.ts";
import { xfs } from "./xfs.ts";

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
  { name: "arp", byDefault: true, settings: arpSettings, create: arp },
  { name: "bonding", byDefault: true, settings: {}, create: bonding },
  { name: "conntrack", byDefault: true, settings: {}, create: conntrack },
  { name: "cpu", byDefault: true, settings: cpuSettings, create: cpu },
  { name: "diskstats", byDefault: true, settings: diskstatsSettings, create: diskstats },
  { name: "fibrechannel", byDefault: true, settings: {}, create: fibrechannel },
  { name: "filesystem", byDefault: true, settings: filesystemSettings, create: filesystem },
  { name: "infiniband", byDefault: true, settings: infinibandSettings, create: infiniband },
  { name: "interrupts", byDefault: false, settings: interruptsSettings, create: interrupts },
  { name: "ipvs", byDefault: true, settings: ipvsSettings, create: ipvs },
  { name: "loadavg", byDefault: true, settings: {}, create: loadavg },
  { name: "meminfo", byDefault: true, settings: {}, create: meminfo },
  { name: "netclass", byDefault: true, settings: netclassSettings, create: netclass },
  { name: "netdev", byDefault: true, settings: netdevSettings, create: netdev },
  { name: "netstat", byDefault: true, settings: netstatSettings, create: netstat },
  { name: "nfs", byDefault: true, settings: {}, create: nfs },
  { name: "nfsd", byDefault: true, settings: {}, create: nfsd },
  { name: "os", byDefault: true, settings: {}, create: os },
  { name: "sockstat", byDefault: true, settings: {}, create: sockstat },
  { name: "softnet", byDefault: true, settings: {}, create: softnet },
  { name: "stat", byDefault: true, settings: statSettings, create: stat },
  { name: "tcpstat", byDefault: false, settings: {}, create: tcpstat },
  { name: "time", byDefault: true, settings: {}, create: time },
  { name: "udp_queues", byDefault: true, settings: {}, create: udpQueues },
  { name: "uname", byDefault: true, settings: {}, create: uname },
  { name: "xfs", byDefault: true, settings: {}, create: xfs },
] as const satisfies readonly HostCollector[];
