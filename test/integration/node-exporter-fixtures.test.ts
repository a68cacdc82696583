import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import process from "node:process";
import { after, describe, test } from "node:test";
import { TestAgent } from "./agent/tsmon.ts";
import { makeFixtureHost, nodeExporterFixtures } from "./node-exporter/fixtures.ts";

const TIMEOUT = { timeout: 60_000 };

/** Collectors that end-to-end-test.sh turns on. It also turns on qdisc and wifi, which we do not have. */
const ENABLED = [
  ...["arp", "bcache", "bcachefs", "bonding", "btrfs", "buddyinfo", "cgroups", "conntrack", "cpu", "cpufreq"],
  ...["cpu_vulnerabilities", "diskstats", "dmi", "drbd", "edac", "entropy", "fibrechannel", "filefd", "hwmon"],
  ...["infiniband", "interrupts", "ipvs", "kernel_hung", "ksmd", "lnstat", "loadavg", "mdadm", "meminfo"],
  ...["meminfo_numa", "mountstats", "netdev", "netstat", "nfs", "nfsd", "pcidevice", "pressure", "processes", "rapl"],
  ...["schedstat", "slabinfo", "sockstat", "softirqs", "stat", "sysctl", "textfile", "thermal_zone", "udp_queues"],
  ...["vmstat", "watchdog", "xfrm", "xfs", "zfs", "zoneinfo"],
];
const DISABLED = ["selinux", "filesystem", "timex", "uname"];

/** Its other flags, but for those of qdisc and wifi. */
const FLAGS = [
  "--collector.arp.device-exclude=nope",
  "--collector.bcache.priorityStats",
  "--collector.hwmon.chip-include=(applesmc|asus_nb_wmi|coretemp|hwmon4|ieee80211|nct6779)",
  "--collector.netclass.ignore-invalid-speed",
  "--collector.netclass.ignored-devices=(dmz|int)",
  "--collector.netdev.device-include=lo",
  "--collector.stat.softirq",
  "--collector.sysctl.include-info=kernel.seccomp.actions_avail",
  "--collector.sysctl.include=fs.file-nr",
  "--collector.sysctl.include=fs.file-nr:total,current,max",
  "--collector.sysctl.include=kernel.threads-max",
  "--no-collector.arp.netlink",
];

/** What it adds on 64-bit x86, and what on machines with large pages, with the output that is due there. */
const MACHINES = [
  [
    "e2e-output.txt",
    "--collector.cpu.info",
    "--collector.cpu.info.bugs-include=^(cpu_meltdown|spectre_.*|mds)$",
    "--collector.cpu.info.flags-include=^(aes|avx.?|constant_tsc)$",
  ],
  ["e2e-64k-page-output.txt", "--no-collector.cpu.info"],
] as const;

/** Lines of expected output that are not compared. */
const NOT_COMPARED: readonly RegExp[] = [
  // node_exporter tells of itself and of Go's runtime; we tell of ourselves.
  /^(# (HELP|TYPE) )?(go_|node_exporter_build_info|process_|promhttp_)/,
  // We have neither collector.
  /^(# (HELP|TYPE) )?node_(qdisc|wifi)_/,
  /^node_scrape_collector_success\{collector="(qdisc|wifi)"\}/,
  // We say in words of our own what these are.
  /^# HELP node_scrape_collector_(duration_seconds|success) /,
];

/** Series that end-to-end-test.sh leaves out, because they are of the machine and the moment. */
const OF_THE_MOMENT =
  /^(node_scrape_collector_duration_seconds|node_textfile_mtime_seconds|node_time_(zone|seconds)|node_network_(receive|transmit)_(bytes|packets)_total)/;

/** Lines that only we have. */
const OURS = /^(# (HELP|TYPE) )?(tailscale_|tailscaled_|tsmon_)/;

/** Lines of an exposition that are to be the same on both sides, in an order of their own. */
function comparable(exposition: string): string[] {
  const lines = exposition.split("\n").filter((line) => line !== "");
  return lines.filter((line) => ![...NOT_COMPARED, OF_THE_MOMENT, OURS].some((not) => not.test(line))).sort();
}

/** What one side says and the other does not, and known differences that there are no more. */
function differences(theirs: string, ours: string) {
  const [want, got] = [comparable(theirs), comparable(ours)];
  const missing = new Set(want).difference(new Set(got));
  const additional = new Set(got).difference(new Set(want));
  const idle = NOT_COMPARED.filter((rule) => !theirs.split("\n").some((line) => rule.test(line)));
  return { isWhole: want.length > 4000, idle, missing: [...missing], additional: [...additional] };
}

const fixtures = nodeExporterFixtures();
if (fixtures === undefined) {
  process.stderr.write("Skipped: no node_exporter in Go's module cache, whose fixtures to compare with\n");
}

describe("tsmon agent on the fixtures of node_exporter's own test", { skip: fixtures === undefined }, () => {
  const root = mkdtempSync(`${tmpdir()}/tsmon-fixtures-`);
  after(() => rmSync(root, { recursive: true, force: true }));
  const folder = `${root}/collector/fixtures`;
  let isMade = false;

  /** What an agent on the fixtures says. */
  async function exposition(flags: readonly string[]): Promise<string> {
    if (!isMade) makeFixtureHost(fixtures!, root);
    isMade = true;
    await using agent = await TestAgent.start([
      ...["--socket", "/nonexistent/tailscaled.sock", `--path.rootfs=${folder}`, `--path.procfs=${folder}/proc`],
      ...[`--path.sysfs=${folder}//sys/`, `--path.udev.data=${folder}/udev/data`],
      ...flags,
    ]);
    const response = await agent.get("/metrics");
    assert.equal(response.status, 200);
    return await response.text();
  }

  for (const [output, ...flags] of MACHINES) {
    test(`says what ${output} says`, TIMEOUT, async () => {
      const ours = await exposition([
        ...ENABLED.map((name) => `--collector.${name}`),
        ...DISABLED.map((name) => `--no-collector.${name}`),
        ...FLAGS,
        ...flags,
        `--collector.textfile.directory=${folder}/textfile/two_metric_files/`,
      ]);
      const theirs = readFileSync(`${fixtures}/${output}`, "utf8").replaceAll("collector/fixtures/", `${folder}/`);
      assert.deepEqual(differences(theirs, ours), { isWhole: true, idle: [], missing: [], additional: [] });
    });
  }

  test("says what pcidevice-names-output.txt says", TIMEOUT, async () => {
    const ours = await exposition([
      ...["--collector.disable-defaults", "--collector.pcidevice", "--collector.pcidevice.names"],
      `--collector.pcidevice.idsfile=${folder}/pci.ids`,
    ]);
    const ofDevices = (text: string) =>
      text
        .split("\n")
        .filter((line) => line.includes("node_pcidevice_"))
        .sort();
    assert.deepEqual(ofDevices(ours), ofDevices(readFileSync(`${fixtures}/pcidevice-names-output.txt`, "utf8")));
  });
});
