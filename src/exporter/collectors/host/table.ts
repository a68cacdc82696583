import type * as z from "zod/mini";
import type { Collector } from "../../collector.ts";
import { arp, arpSettings } from "./arp.ts";
import { bcache, bcacheSettings } from "./bcache.ts";
import { bcachefs } from "./bcachefs.ts";
import { bonding } from "./bonding.ts";
import { btrfs } from "./btrfs.ts";
import { buddyinfo } from "./buddyinfo.ts";
import { cgroups } from "./cgroups.ts";
import { conntrack } from "./conntrack.ts";
import { cpu, cpuSettings } from "./cpu.ts";
import { cpuVulnerabilities } from "./cpu-vulnerabilities.ts";
import { cpufreq } from "./cpufreq.ts";
import { diskstats, diskstatsSettings, EXCLUDED_DEVICES } from "./diskstats.ts";
import { dmi } from "./dmi.ts";
import { dmmultipath } from "./dmmultipath.ts";
import { drbd } from "./drbd.ts";
import { edac } from "./edac.ts";
import { entropy } from "./entropy.ts";
import { fibrechannel } from "./fibrechannel.ts";
import { filefd } from "./filefd.ts";
import { EXCLUDED_MOUNT_POINTS, EXCLUDED_TYPES, filesystem, filesystemSettings } from "./filesystem.ts";
import { hwmon, hwmonSettings } from "./hwmon.ts";
import { infiniband, infinibandSettings } from "./infiniband.ts";
import { interrupts, interruptsSettings } from "./interrupts.ts";
import { ipvs, ipvsSettings } from "./ipvs.ts";
import { kernelHung } from "./kernel-hung.ts";
import { ksmd } from "./ksmd.ts";
import { lnstat } from "./lnstat.ts";
import { loadavg } from "./loadavg.ts";
import { logind } from "./logind.ts";
import { mdadm } from "./mdadm.ts";
import { meminfo } from "./meminfo.ts";
import { meminfoNuma } from "./meminfo-numa.ts";
import { mountstats } from "./mountstats.ts";
import { netclass, netclassSettings } from "./netclass.ts";
import { netdev, netdevSettings } from "./netdev.ts";
import { netstat, netstatSettings } from "./netstat.ts";
import { nfs } from "./nfs.ts";
import { nfsd } from "./nfsd.ts";
import { nvme } from "./nvme.ts";
import { nvmesubsystem } from "./nvmesubsystem.ts";
import { os } from "./os.ts";
import { pcidevice, pcideviceSettings } from "./pcidevice.ts";
import { powersupplyclass, powersupplyclassSettings } from "./powersupplyclass.ts";
import { pressure } from "./pressure.ts";
import { processes } from "./processes.ts";
import { rapl, raplSettings } from "./rapl.ts";
import { rpi } from "./rpi.ts";
import { schedstat } from "./schedstat.ts";
import { selinux } from "./selinux.ts";
import { slabinfo, slabinfoSettings } from "./slabinfo.ts";
import { sockstat } from "./sockstat.ts";
import { softirqs } from "./softirqs.ts";
import { softnet } from "./softnet.ts";
import type { HostSource } from "./source.ts";
import { stat, statSettings } from "./stat.ts";
import { swap } from "./swap.ts";
import { sysctl, sysctlSettings } from "./sysctl.ts";
import { systemd, systemdSettings } from "./systemd.ts";
import { tapestats, tapestatsSettings } from "./tapestats.ts";
import { tcpstat } from "./tcpstat.ts";
import { textfile, textfileSettings } from "./textfile.ts";
import { thermalZone } from "./thermal-zone.ts";
import { time } from "./time.ts";
import { timex } from "./timex.ts";
import { udpQueues } from "./udp-queues.ts";
import { uname } from "./uname.ts";
import { vmstat, vmstatSettings } from "./vmstat.ts";
import { watchdog } from "./watchdog.ts";
import { xfrm } from "./xfrm.ts";
import { xfs } from "./xfs.ts";
import { zfs } from "./zfs.ts";
import { zoneinfo } from "./zoneinfo.ts";

/** A row of {@linkcode HOST_COLLECTORS}. */
export interface HostCollector {
  readonly name: string;
  readonly byDefault: boolean;
  /** Present when node_exporter has no collector of that name. */
  readonly isOwn?: true;
  /** Its settings by flag name. */
  readonly settings: z.core.$ZodShape;
  /** The collector with these settings. */
  readonly create: (settings: never) => Collector<HostSource>;
}

/** Every collector of the host, in the order of --help. To add one: write its file, add its row. */
export const HOST_COLLECTORS = [
  { name: "arp", byDefault: true, settings: arpSettings, create: arp },
  { name: "bcache", byDefault: true, settings: bcacheSettings, create: bcache },
  { name: "bcachefs", byDefault: true, settings: {}, create: bcachefs },
  { name: "bonding", byDefault: true, settings: {}, create: bonding },
  { name: "btrfs", byDefault: true, settings: {}, create: btrfs },
  { name: "buddyinfo", byDefault: false, settings: {}, create: buddyinfo },
  { name: "cgroups", byDefault: false, settings: {}, create: cgroups },
  { name: "conntrack", byDefault: true, settings: {}, create: conntrack },
  { name: "cpu", byDefault: true, settings: cpuSettings, create: cpu },
  { name: "cpu_vulnerabilities", byDefault: false, settings: {}, create: cpuVulnerabilities },
  { name: "cpufreq", byDefault: true, settings: {}, create: cpufreq },
  { name: "diskstats", byDefault: true, settings: diskstatsSettings, create: diskstats },
  { name: "dmi", byDefault: true, settings: {}, create: dmi },
  { name: "dmmultipath", byDefault: true, settings: {}, create: dmmultipath },
  { name: "drbd", byDefault: false, settings: {}, create: drbd },
  { name: "edac", byDefault: true, settings: {}, create: edac },
  { name: "entropy", byDefault: true, settings: {}, create: entropy },
  { name: "fibrechannel", byDefault: true, settings: {}, create: fibrechannel },
  { name: "filefd", byDefault: true, settings: {}, create: filefd },
  { name: "filesystem", byDefault: true, settings: filesystemSettings, create: filesystem },
  { name: "hwmon", byDefault: true, settings: hwmonSettings, create: hwmon },
  { name: "infiniband", byDefault: true, settings: infinibandSettings, create: infiniband },
  { name: "interrupts", byDefault: false, settings: interruptsSettings, create: interrupts },
  { name: "ipvs", byDefault: true, settings: ipvsSettings, create: ipvs },
  { name: "kernel_hung", byDefault: true, settings: {}, create: kernelHung },
  { name: "ksmd", byDefault: false, settings: {}, create: ksmd },
  { name: "lnstat", byDefault: false, settings: {}, create: lnstat },
  { name: "loadavg", byDefault: true, settings: {}, create: loadavg },
  { name: "logind", byDefault: false, settings: {}, create: () => logind() },
  { name: "mdadm", byDefault: true, settings: {}, create: mdadm },
  { name: "meminfo", byDefault: true, settings: {}, create: meminfo },
  { name: "meminfo_numa", byDefault: false, settings: {}, create: meminfoNuma },
  { name: "mountstats", byDefault: false, settings: {}, create: mountstats },
  { name: "netclass", byDefault: true, settings: netclassSettings, create: netclass },
  { name: "netdev", byDefault: true, settings: netdevSettings, create: netdev },
  { name: "netstat", byDefault: true, settings: netstatSettings, create: netstat },
  { name: "nfs", byDefault: true, settings: {}, create: nfs },
  { name: "nfsd", byDefault: true, settings: {}, create: nfsd },
  { name: "nvme", byDefault: true, settings: {}, create: nvme },
  { name: "nvmesubsystem", byDefault: false, settings: {}, create: nvmesubsystem },
  { name: "os", byDefault: true, settings: {}, create: os },
  { name: "pcidevice", byDefault: false, settings: pcideviceSettings, create: pcidevice },
  { name: "powersupplyclass", byDefault: true, settings: powersupplyclassSettings, create: powersupplyclass },
  { name: "pressure", byDefault: true, settings: {}, create: pressure },
  { name: "processes", byDefault: false, settings: {}, create: processes },
  { name: "rapl", byDefault: true, settings: raplSettings, create: rapl },
  { name: "rpi", byDefault: true, isOwn: true, settings: {}, create: rpi },
  { name: "schedstat", byDefault: true, settings: {}, create: schedstat },
  { name: "selinux", byDefault: true, settings: {}, create: selinux },
  { name: "slabinfo", byDefault: false, settings: slabinfoSettings, create: slabinfo },
  { name: "sockstat", byDefault: true, settings: {}, create: sockstat },
  { name: "softirqs", byDefault: false, settings: {}, create: softirqs },
  { name: "softnet", byDefault: true, settings: {}, create: softnet },
  { name: "stat", byDefault: true, settings: statSettings, create: stat },
  { name: "swap", byDefault: false, settings: {}, create: swap },
  { name: "sysctl", byDefault: false, settings: sysctlSettings, create: sysctl },
  { name: "systemd", byDefault: false, settings: systemdSettings, create: systemd },
  { name: "tapestats", byDefault: true, settings: tapestatsSettings, create: tapestats },
  { name: "tcpstat", byDefault: false, settings: {}, create: tcpstat },
  { name: "textfile", byDefault: true, settings: textfileSettings, create: textfile },
  { name: "thermal_zone", byDefault: true, settings: {}, create: thermalZone },
  { name: "time", byDefault: true, settings: {}, create: time },
  { name: "timex", byDefault: true, settings: {}, create: timex },
  { name: "udp_queues", byDefault: true, settings: {}, create: udpQueues },
  { name: "uname", byDefault: true, settings: {}, create: uname },
  { name: "vmstat", byDefault: true, settings: vmstatSettings, create: vmstat },
  { name: "watchdog", byDefault: true, settings: {}, create: watchdog },
  { name: "xfrm", byDefault: false, settings: {}, create: xfrm },
  { name: "xfs", byDefault: true, settings: {}, create: xfs },
  { name: "zfs", byDefault: true, settings: {}, create: zfs },
  { name: "zoneinfo", byDefault: false, settings: {}, create: zoneinfo },
] as const satisfies readonly HostCollector[];

/** Pairs of settings of which node_exporter takes only one, with the default of what excludes. */
export const EXCLUSIVE_FILTERS = {
  "collector.diskstats.device": EXCLUDED_DEVICES,
  "collector.filesystem.fs-types": EXCLUDED_TYPES,
  "collector.filesystem.mount-points": EXCLUDED_MOUNT_POINTS,
  "collector.netdev.device": "",
};
