import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { accessSync, constants, mkdtempSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import process from "node:process";
import { createInterface } from "node:readline";
import { after, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import z from "zod";
import { type Collector, CollectorError, NoData } from "../../src/exporter/collector.ts";
import { type HostPaths, type HostSource, hostSource } from "../../src/exporter/collectors/host/source.ts";
import { HOST_COLLECTORS } from "../../src/exporter/collectors/host/table.ts";
import { ZONE_FILES, zoneReader } from "../../src/exporter/collectors/host/zone.ts";
import { addSamples, type Families } from "../../src/exporter/gather.ts";
import type { Sample } from "../../src/exporter/metric.ts";
import { render } from "../../src/exporter/render.ts";
import { adjtimex } from "../../src/runtime/adjtimex.ts";
import { startStatfsWorker } from "../../src/runtime/statfs.ts";
import { makeHardwareTree } from "./hardware-tree.ts";

/** The collectors under comparison; others have comparisons of their own, and tcpstat's states come and go. */
const NAMES = [
  ...["cpu", "diskstats", "entropy", "filefd", "filesystem", "loadavg", "meminfo", "netdev", "os", "pressure"],
  ...["processes", "schedstat", "selinux", "stat", "textfile", "time", "timex", "uname", "vmstat"],
  ...["arp", "bonding", "conntrack", "fibrechannel", "infiniband", "interrupts", "ipvs", "netclass", "netstat"],
  ...["nfs", "nfsd", "sockstat", "softnet", "udp_queues", "xfs"],
];

/** Collectors of hardware: compared on this machine, which may have some, and on one made of files, which has it all. */
const HARDWARE_NAMES = [
  ...["bcache", "bcachefs", "btrfs", "cpufreq", "dmi", "dmmultipath", "edac", "hwmon", "kernel_hung", "mdadm", "nvme"],
  ...["powersupplyclass", "rapl", "tapestats", "thermal_zone", "watchdog", "zfs"],
];

/** Gauges that change from one moment to the next: only their presence is compared. */
const VOLATILE =
  /^node_(arp_|netstat_|nf_conntrack_|sockstat_|softnet_backlog|udp_queues|memory_|load\d|procs_|time_seconds|disk_io_now|filesystem_((avail|free)_bytes|files_free)|cpu_(freq|scal)|hwmon|power|thermal|cooling|zfs|vmstat_|timex_|filefd_allocated|entropy_available|processes_(pids|threads|state))/;

/** States that few processes are in, and none the next moment. */
const FLEETING = /^node_processes_(threads_)?state\{/;

/** How much a counter may be outside of what it was before and after; the kernel lets some of them step back. */
const SLACK = 1;

const HOST: HostPaths = { procfs: "/proc", sysfs: "/sys", rootfs: "/", udevData: "/run/udev/data" };
const fixture = fileURLToPath(new URL("../fixtures/host", import.meta.url));
const FIXTURE: HostPaths = {
  procfs: `${fixture}/proc`,
  sysfs: `${fixture}/sys`,
  rootfs: `${fixture}/rootfs`,
  udevData: `${fixture}/udev`,
};

/** Flags by name, as both sides take them. */
type Flags = Readonly<Record<string, string | boolean | readonly string[]>>;

/** What is compared. */
interface Case {
  readonly paths: HostPaths;
  readonly flags: Flags;
  readonly names: readonly string[];
  /** Whether nothing on the host changes, so that gauges are compared too. */
  readonly isStill?: boolean;
}

/** An exposition: values by series, types by family. */
interface Exposition {
  readonly values: ReadonlyMap<string, number>;
  readonly types: ReadonlyMap<string, string>;
}

function parseExposition(text: string): Exposition {
  const values = new Map<string, number>();
  const types = new Map<string, string>();
  for (const line of text.split("\n")) {
    const space = line.lastIndexOf(" ");
    const [, family, type] = /^# TYPE (\S+) (\S+)/.exec(line) ?? [];
    if (family !== undefined && type !== undefined) types.set(family, type);
    else if (line !== "" && !line.startsWith("#")) values.set(line.slice(0, space), Number(line.slice(space + 1)));
  }
  return { values, types };
}

/** Path of node_exporter 1.12.1: `TSMON_NODE_EXPORTER`, or the first one on PATH or where `go install` puts it. */
function findNodeExporter(): string | undefined {
  const { TSMON_NODE_EXPORTER, PATH = "", HOME = "" } = process.env;
  const folders = [...PATH.split(":"), `${HOME}/go/bin`];
  const candidates = TSMON_NODE_EXPORTER ? [TSMON_NODE_EXPORTER] : folders.map((folder) => `${folder}/node_exporter`);
  return candidates.find((path) => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** The exposition of a node_exporter that runs for one scrape. */
async function scrapeNodeExporter(binary: string, { paths, flags, names }: Case): Promise<Exposition> {
  const child = spawn(
    binary,
    [
      ...["--web.listen-address=127.0.0.1:0", "--web.disable-exporter-metrics", "--collector.disable-defaults"],
      ...names.map((name) => `--collector.${name}`),
      ...[`--path.procfs=${paths.procfs}`, `--path.sysfs=${paths.sysfs}`],
      ...[`--path.rootfs=${paths.rootfs}`, `--path.udev.data=${paths.udevData}`],
      ...Object.entries(flags).flatMap(([name, value]) => {
        if (typeof value === "boolean") return [`--${value ? "" : "no-"}${name}`];
        return [value].flat().map((item) => `--${name}=${item}`);
      }),
    ],
    { stdio: ["ignore", "ignore", "pipe"] },
  );
  try {
    const response = await fetch(`http://${await listenAddress(child)}/metrics`);
    return parseExposition(await response.text());
  } finally {
    child.kill();
  }
}

/** Address in the line that node_exporter logs once it listens. */
async function listenAddress({ stderr }: ChildProcess): Promise<string> {
  const seen: string[] = [];
  for await (const line of createInterface({ input: stderr! })) {
    const [, address] = /msg="Listening on" address=(\S+)/.exec(line) ?? [];
    if (address !== undefined) {
      stderr!.resume(); // or it would block once the pipe is full
      return address;
    }
    seen.push(line);
  }
  throw new Error(`Cannot start node_exporter:\n${seen.join("\n")}`);
}

/** Our own side: one set of collectors, whose expositions can be taken several times. */
function ourScrapes({ paths, flags, names }: Case): () => Promise<Exposition> {
  const rows = HOST_COLLECTORS.filter(({ name }) => names.includes(name));
  const shape = Object.assign({}, ...rows.map(({ settings }) => settings)) as z.ZodRawShape;
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

/** Its samples; none when the host has nothing of the kind. */
async function samplesOf(collector: Collector<HostSource>, source: HostSource): Promise<readonly Sample[]> {
  try {
    return await collector.collect(source);
  } catch (error) {
    if (error instanceof NoData) return [];
    if (error instanceof CollectorError) return error.samples;
    throw error;
  }
}

/** What differs, one sentence a series. */
function differences(theirs: Exposition, before: Exposition, after: Exposition, isStill = false): string[] {
  const found: string[] = [];
  for (const [series, value] of theirs.values) {
    const family = series.replace(/\{.*/, "");
    if (family.startsWith("node_scrape_") || family === "node_exporter_build_info") continue;
    const type = theirs.types.get(family);
    const [from, to] = [before.values.get(series), after.values.get(series)];
    if (from === undefined || to === undefined) {
      if (!FLEETING.test(series)) found.push(`${series} is missing`);
    } else if (after.types.get(family) !== type) found.push(`${family} is a ${after.types.get(family)}, not a ${type}`);
    else if (type === "counter" && (value < from - SLACK || value > to + SLACK)) {
      found.push(`${series} is ${value}, not between ${from} and ${to}`);
    } else if (type !== "counter" && (isStill || !VOLATILE.test(family)) && value !== to)
      found.push(`${series} is ${to}, not ${value}`);
  }
  for (const series of after.values.keys()) {
    if (!theirs.values.has(series) && !FLEETING.test(series)) found.push(`${series} is not in theirs`);
  }
  return found;
}

/** Compares what both sides say, a counter with what ours says before and after. */
async function compare(one: Case): Promise<void> {
  const scrape = ourScrapes(one);
  const before = await scrape();
  const theirs = await scrapeNodeExporter(binary!, one);
  assert.deepEqual(differences(theirs, before, await scrape(), one.isStill), []);
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
if (binary === undefined && process.env.CI) throw new Error("Cannot find node_exporter: set TSMON_NODE_EXPORTER");
const skip = binary === undefined;
if (skip)
  process.stderr.write("Skipped: no node_exporter found to compare with (set TSMON_NODE_EXPORTER to its path)\n");

describe("the host's collectors beside node_exporter", { skip }, () => {
  const textfiles = textfileFolder();
  after(() => rmSync(textfiles, { recursive: true }));
  const all = {
    "collector.cpu.info": true,
    "collector.cpu.info.flags-include": "^(fpu|s.*)$",
    "collector.cpu.info.bugs-include": ".",
    "collector.stat.softirq": true,
    "collector.netdev.netlink": false,
    "collector.arp.netlink": false,
    "collector.netclass.ignore-invalid-speed": true,
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
      rmSync(root, { recursive: true });
    }
  });
});
