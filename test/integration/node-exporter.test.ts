import assert from "node:assert/strict";
import { mkdtempSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import process from "node:process";
import { after, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import * as z from "zod/mini";
import { type Collector, CollectorError } from "../../src/exporter/collector.ts";
import { type HostPaths, type HostSource, hostSource } from "../../src/exporter/collectors/host/source.ts";
import { HOST_COLLECTORS } from "../../src/exporter/collectors/host/table.ts";
import { ZONE_FILES, zoneReader } from "../../src/exporter/collectors/host/zone.ts";
import { addSamples, type Families } from "../../src/exporter/gather.ts";
import type { Sample } from "../../src/exporter/metric.ts";
import { render } from "../../src/exporter/render.ts";
import { adjtimex } from "../../src/runtime/adjtimex.ts";
import { startStatfsWorker } from "../../src/runtime/statfs.ts";
import { makeHardwareTree } from "./hardware-tree.ts";
import { differences, type Exposition, parseExposition } from "./node-exporter/exposition.ts";
import { type Case, type Flags, findNodeExporter, scrapeNodeExporter } from "./node-exporter/program.ts";

/** The collectors under comparison; others have comparisons of their own, and tcpstat's states come and go. */
const NAMES = [
  ...["cpu", "diskstats", "entropy", "filefd", "filesystem", "loadavg", "meminfo", "netdev", "os", "pressure"],
  ...["processes", "schedstat", "selinux", "stat", "textfile", "time", "timex", "uname", "vmstat"],
  ...["arp", "bonding", "conntrack", "fibrechannel", "infiniband", "interrupts", "ipvs", "netclass", "netstat"],
  ...["nfs", "nfsd", "sockstat", "softnet", "udp_queues", "xfs"],
  ...["buddyinfo", "cgroups", "cpu_vulnerabilities", "ksmd", "lnstat", "meminfo_numa", "mountstats", "pcidevice"],
  ...["slabinfo", "softirqs", "swap", "sysctl", "xfrm", "zoneinfo"],
];

/** Collectors of hardware: compared on this machine, which may have some, and on one made of files, which has it all. */
const HARDWARE_NAMES = [
  ...["bcache", "bcachefs", "btrfs", "cpufreq", "dmi", "dmmultipath", "drbd", "edac", "hwmon", "kernel_hung", "mdadm"],
  ...["nvme", "nvmesubsystem", "powersupplyclass", "rapl", "tapestats", "thermal_zone", "watchdog", "zfs"],
];

const HOST: HostPaths = { procfs: "/proc", sysfs: "/sys", rootfs: "/", udevData: "/run/udev/data" };
const fixture = fileURLToPath(new URL("../fixtures/host", import.meta.url));
const FIXTURE: HostPaths = {
  procfs: `${fixture}/proc`,
  sysfs: `${fixture}/sys`,
  rootfs: `${fixture}/rootfs`,
  udevData: `${fixture}/udev`,
};

/** Our own side: one set of collectors, whose expositions can be taken several times. */
function ourScrapes({ paths, flags, names }: Case): () => Promise<Exposition> {
  const rows = HOST_COLLECTORS.filter(({ name }) => names.includes(name));
  const shape = Object.assign({}, ...rows.map(({ settings }) => settings)) as z.core.$ZodShape;
  const settings = { ...z.strictObject(shape).parse(flags), "collector.cpufreq": names.includes("cpufreq") };
  const collectors = rows.map(({ create }) => (create as (given: unknown) => Collector<HostSource>)(settings));
  const zoneAt = zoneReader(process.env.TZ, ZONE_FILES);
  return async () => {
    const signal = AbortSignal.timeout(10_000);
    const ownPaths = HOST;
    const statfs = (path: string) => statfsSync(path);
    const source = hostSource({ paths, ownPaths, signal, now: Date.now, zoneAt, statfs, startStatfsWorker, adjtimex });
    const families: Families = new Map();
    for (const collector of collectors) assert.deepEqual(addSamples(families, await samplesOf(collector, source)), []);
    return parseExposition(new TextDecoder().decode(render(families, "text")));
  };
}

/** Its samples; none when it fails, which is a difference where node_exporter has some. */
async function samplesOf(collector: Collector<HostSource>, source: HostSource): Promise<readonly Sample[]> {
  try {
    return await collector.collect(source);
  } catch (error) {
    return error instanceof CollectorError ? error.samples : [];
  }
}

/** Times that both sides are asked, since on a machine at work a state, a mount or an interface comes or goes between them. */
const ATTEMPTS = 5;

/** Compares what both sides say, a counter with what ours says before and after. What stays different is different. */
async function compare(one: Case): Promise<void> {
  const scrape = ourScrapes(one);
  let found: readonly unknown[] = [];
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const before = await scrape();
    const theirs = await scrapeNodeExporter(binary!, one);
    found = differences(theirs, before, await scrape(), one.isStill);
    if (found.length === 0) return;
  }
  assert.deepEqual(found, []);
}

/** A folder of files as other programs write them, some of which node_exporter refuses. */
function textfileFolder(): string {
  const folder = mkdtempSync(`${tmpdir()}/tsmon-textfiles-`);
  const files = {
    "backup.prom": '# HELP backup_seconds Time.\n# TYPE backup_seconds gauge\nbackup_seconds{job="a"} 12.5\n',
    "backup2.prom": '# HELP backup_seconds Time.\n# TYPE backup_seconds gauge\nbackup_seconds{job="b",to="x"} 1e7\n',
    "cut.prom": "cut_a 1\ncut_b 2",
    "histogram.prom": '# TYPE h histogram\nh_bucket{le="5"} 2\nh_bucket{a="b",le="1.0"} 1\nh_count{a="b"} 3\nh_sum 4\n',
    "stamped.prom": "stamped 1 1441205977284\n",
    "summary.prom": '# TYPE s summary\ns{quantile="0.9"} 2\ns{quantile="0.50"} 1\ns_sum 2\n',
    "twice.prom": "twice 1\n",
    "twice2.prom": "twice 2\nalone -1.5e-7\n",
    "notes.txt": "Not for us.\n",
  };
  for (const [name, text] of Object.entries(files)) writeFileSync(`${folder}/${name}`, text);
  return folder;
}

const binary = findNodeExporter();
if (binary === undefined && process.env.CI)
  throw new Error("Cannot find node_exporter: bun test/lab/programs.ts builds it");
const skip = binary === undefined;
if (skip)
  process.stderr.write(
    "Skipping node_exporter: name one with TSMON_NODE_EXPORTER, or build it: bun test/lab/programs.ts\n",
  );

describe("the host's collectors beside node_exporter", { skip }, () => {
  const textfiles = textfileFolder();
  after(() => rmSync(textfiles, { recursive: true, force: true }));
  const all = {
    "collector.cpu.info": true,
    "collector.cpu.info.flags-include": "^(fpu|s.*)$",
    "collector.cpu.info.bugs-include": ".",
    "collector.stat.softirq": true,
    "collector.netdev.netlink": false,
    "collector.arp.netlink": false,
    "collector.netclass.ignore-invalid-speed": true,
    "collector.slabinfo.slabs-include": "^(dentry|k)",
    "collector.slabinfo.slabs-exclude": "^kmalloc-r",
    "collector.sysctl.include": ["kernel.threads-max", "fs.file-nr", "fs.file-nr:total,current,max"],
    "collector.sysctl.include-info": ["kernel.threads-max"],
    "collector.pcidevice.names": true,
  };
  for (const [name, paths, flags] of [
    ["have the same series on this machine", HOST, {}],
    ["have the same series on this machine with every option", HOST, { ...all, "collector.netdev.address-info": true }],
    [
      "have the same series of textfiles",
      HOST,
      { "collector.textfile.directory": [`${textfiles}*`, textfiles, "/none"] },
    ],
    ["have the same detailed names", HOST, { "collector.netdev.enable-detailed-metrics": true }],
    [
      "have the same detailed names without netlink",
      HOST,
      { ...all, "collector.netdev.enable-detailed-metrics": true },
    ],
    ["have the same series where they only include", HOST, { "collector.filesystem.mount-points-include": "^/$" }],
    [
      "have the same series on the fixture host",
      FIXTURE,
      // Neither side can tell which of two stacked mounts node_exporter will report.
      { ...all, "collector.filesystem.mount-points-exclude": "^/(run/lock|mnt/back)" },
    ],
  ] as const satisfies readonly (readonly [string, HostPaths, Flags])[]) {
    test(name, () => compare({ paths, flags, names: NAMES }));
  }

  test("have the same series of this machine's hardware", () => {
    return compare({ paths: HOST, flags: {}, names: HARDWARE_NAMES });
  });

  test("have the same series of all kinds of hardware", async () => {
    const root = makeHardwareTree();
    try {
      const paths = { ...FIXTURE, procfs: `${root}/proc`, sysfs: `${root}/sys` };
      for (const name of HARDWARE_NAMES) await compare({ paths, flags: {}, names: [name], isStill: true });
    } finally {
      rmSync(root, { recursive: true, force: true });
    }
  });
});
