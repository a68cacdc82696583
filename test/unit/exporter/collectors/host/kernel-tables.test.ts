import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { buddyinfo, buddySamples } from "../../../../../src/exporter/collectors/host/buddyinfo.ts";
import { cgroupSamples, cgroups } from "../../../../../src/exporter/collectors/host/cgroups.ts";
import {
  cpuVulnerabilities,
  parseVulnerability,
} from "../../../../../src/exporter/collectors/host/cpu-vulnerabilities.ts";
import { ksmd } from "../../../../../src/exporter/collectors/host/ksmd.ts";
import { lnstat } from "../../../../../src/exporter/collectors/host/lnstat.ts";
import { meminfoNuma } from "../../../../../src/exporter/collectors/host/meminfo-numa.ts";
import { slabinfo, slabinfoSettings, slabSamples } from "../../../../../src/exporter/collectors/host/slabinfo.ts";
import { softirqSamples, softirqs } from "../../../../../src/exporter/collectors/host/softirqs.ts";
import { swap, swapSamples } from "../../../../../src/exporter/collectors/host/swap.ts";
import { sysctl, sysctlSettings } from "../../../../../src/exporter/collectors/host/sysctl.ts";
import { xfrm, xfrmSamples } from "../../../../../src/exporter/collectors/host/xfrm.ts";
import { zoneinfo, zoneSamples } from "../../../../../src/exporter/collectors/host/zoneinfo.ts";
import type { Sample } from "../../../../../src/exporter/metric.ts";
import { failureOf, fixtureSource, seriesOf, settingsOf } from "./fixture-source.ts";
import { treeSource } from "./tree-source.ts";

const seriesIn = (samples: readonly Sample[]) => {
  return samples.map(({ metric, labels, value }) => `${metric.name}${labels} ${value}`);
};

const slabs = (given: Record<string, unknown> = {}) => slabinfo(settingsOf(slabinfoSettings, given));

describe("a host without the kernel's table", () => {
  for (const collector of [buddyinfo(), cgroups(), ksmd(), slabs(), softirqs(), swap(), xfrm(), zoneinfo()]) {
    test(`fails ${collector.name}`, async () => {
      await assert.rejects(seriesOf(collector, treeSource({})), { name: "Error", message: /Cannot read .*: ENOENT/ });
    });
  }
  for (const collector of [cpuVulnerabilities(), lnstat(), meminfoNuma()]) {
    test(`has nothing to report for ${collector.name}`, async () => {
      assert.deepEqual(await seriesOf(collector, treeSource({})), []);
    });
  }
});

describe("tables that no kernel has", () => {
  const cases: readonly (readonly [name: string, parse: (text: string) => unknown, texts: readonly string[]])[] = [
    ["buddyinfo", buddySamples, ["Node 0, zone\n", "Node 0, zone DMA 1\nNode 0, zone DMA32 1 2\n", "\n"]],
    ["cgroups", cgroupSamples, ["cpu 1 2\n", "cpu 1 x 1\n", "\n"]],
    ["slabinfo", (text) => slabSamples(text, () => true), ["dentry 1 2 3 4 5 : tunables 0 0 0\n", "dentry 1\n", "\n"]],
    ["softirqs", softirqSamples, ["", "CPU0\nHI: x\n"]],
    ["swaps", swapSamples, ["Filename\n/dev/sda2 partition 5\n", "Filename\n/dev/sda2 partition 5 -\n"]],
    ["net/xfrm_stat", xfrmSamples, ["XfrmInError\n", "XfrmInError 1 2\n"]],
    ["zoneinfo", zoneSamples, ["min 5\n", "Node 0, zone DMA\n  min x\n"]],
  ];
  for (const [name, parse, texts] of cases) {
    for (const text of texts) {
      test(`are rejected: ${name} of ${JSON.stringify(text)}`, () => {
        assert.throws(() => parse(text), { name: "SyntaxError", message: new RegExp(`^Cannot parse ${name}: found`) });
      });
    }
  }
});

test("slabSamples() takes the first of two slabs of one name", () => {
  const line = (active: number) => `tw_sock_TCP ${active} 2 3 4 5 : tunables 0 0 0 : slabdata 1 1 0\n`;
  const samples = slabSamples(line(704) + line(705), () => true);
  assert.deepEqual([samples.length, samples[0]!.value], [5, 704]);
});

test("ksmd() reports a kernel without NUMA, which has no merge_across_nodes", async () => {
  const names = ["full_scans", "pages_shared", "pages_sharing", "pages_to_scan", "pages_unshared", "pages_volatile"];
  const files = [...names, "run", "sleep_millisecs"].map((name) => [`sys/kernel/mm/ksm/${name}`, "1\n"] as const);
  const series = await seriesOf(ksmd(), treeSource(Object.fromEntries(files)));
  assert.equal(series.length, 8);
});

test("cgroups() takes a controller that is off for one that is there", () => {
  assert.deepEqual(seriesIn(cgroupSamples("#subsys_name\thierarchy\tnum_cgroups\tenabled\nmemory\t0\t117\t0\n")), [
    'node_cgroups_cgroups{subsys_name="memory"} 117',
    'node_cgroups_enabled{subsys_name="memory"} 0',
  ]);
});

describe("parseVulnerability()", () => {
  for (const [text, state, mitigation] of [
    ["Not affected", "not affected", ""],
    ["Vulnerable", "vulnerable", ""],
    [
      "Vulnerable: Clear CPU buffers attempted,  no microcode",
      "vulnerable",
      "Clear CPU buffers attempted, no microcode",
    ],
    ["Mitigation: PTE Inversion", "mitigation", "PTE Inversion"],
    ["Unknown: Dependent on hypervisor status", "unknown", "Dependent on hypervisor status"],
    ["KVM: Mitigation: VMX disabled", "unknown", "KVM: Mitigation: VMX disabled"],
    ["", "unknown", ""],
  ] as const) {
    test(`of "${text}" is ${state}`, () => assert.deepEqual(parseVulnerability(text), { state, mitigation }));
  }
});

describe("lnstat()", () => {
  const table = (text: string) => seriesOf(lnstat(), treeSource({ "proc/net/stat/rt_cache": text }));

  test("reads hexadecimal columns, a line a CPU", async () => {
    assert.deepEqual(await table("entries  in_hit\n0000001f 000000ff\n0000001f ffffffff\n"), [
      'node_lnstat_entries_total{cpu="0",subsystem="rt_cache"} 31',
      'node_lnstat_in_hit_total{cpu="0",subsystem="rt_cache"} 255',
      'node_lnstat_entries_total{cpu="1",subsystem="rt_cache"} 31',
      'node_lnstat_in_hit_total{cpu="1",subsystem="rt_cache"} 4294967295',
    ]);
  });

  test("has nothing of an empty file", async () => assert.deepEqual(await table(""), []));

  for (const [name, text] of [
    ["more columns than headings", "entries\n1 2\n"],
    ["what is no number", "entries\nxyz\n"],
  ] as const) {
    test(`rejects ${name}`, () => assert.rejects(table(text), SyntaxError));
  }
});

describe("meminfo_numa()", () => {
  const host = (files: Record<string, string>) => {
    const paths = Object.entries(files).map(([path, text]) => [`sys/devices/system/node/${path}`, text]);
    return treeSource(Object.fromEntries(paths) as Record<string, string>);
  };

  test("reads sizes in bytes, and what has no unit as it is", async () => {
    const meminfo = "\nNode 1 MemTotal:       12 kB\nNode 1 Active(anon):    1 kB\nNode 1 HugePages_Free:  3\n";
    const source = host({ "node1/meminfo": meminfo, "node1/numastat": "numa_hit 7\n", online: "0-1\n" });
    assert.deepEqual(await seriesOf(meminfoNuma(), source), [
      'node_memory_numa_MemTotal{node="1"} 12288',
      'node_memory_numa_Active_anon{node="1"} 1024',
      'node_memory_numa_HugePages_Free{node="1"} 3',
      'node_memory_numa_numa_hit_total{node="1"} 7',
    ]);
  });

  for (const [name, files, want] of [
    ["a unit that is not kB", { "node0/meminfo": "Node 0 MemTotal: 12 MB\n", "node0/numastat": "" }, /found "Node 0/],
    ["a count with a unit", { "node0/meminfo": "", "node0/numastat": "numa_hit 7 kB\n" }, /found "numa_hit 7 kB"/],
    ["a node without counts", { "node0/meminfo": "" }, /Cannot read .*numastat: ENOENT/],
  ] as const) {
    test(`rejects ${name}`, () => assert.rejects(seriesOf(meminfoNuma(), host(files)), want));
  }
});

describe("slabinfo()", () => {
  const names = async (given: Record<string, string>) => {
    const series = await seriesOf(slabs(given), fixtureSource());
    return series.flatMap((line) => /_active_objects\{slab="(.*)"\}/.exec(line)?.[1] ?? []);
  };

  test("leaves out what is excluded of what is included", async () => {
    const given = {
      "collector.slabinfo.slabs-include": "^(dentry|task)",
      "collector.slabinfo.slabs-exclude": "_struct$",
    };
    assert.deepEqual(await names(given), ["dentry"]);
  });

  test("reports all where nothing is included or excluded", async () => {
    assert.equal((await names({ "collector.slabinfo.slabs-include": "" })).length, (await names({})).length);
  });
});

test("softirqs() leaves out types that it does not know", () => {
  assert.deepEqual(seriesIn(softirqSamples("  CPU0 CPU1\n  HI: 1 2\nNEW: 3 4\nRCU:\n")), [
    'node_softirqs_functions_total{cpu="0",type="HI"} 1',
    'node_softirqs_functions_total{cpu="1",type="HI"} 2',
  ]);
});

test("swap() has nothing to report where there is no swap", () => {
  assert.deepEqual(swapSamples("Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n"), []);
});

describe("sysctl()", () => {
  const scrape = (given: Record<string, string[]>, files: Record<string, string>) => {
    const flags = Object.entries(given).map(([name, value]) => [`collector.sysctl.${name}`, value]);
    return seriesOf(sysctl(settingsOf(sysctlSettings, Object.fromEntries(flags))), treeSource(files));
  };
  const files = {
    "proc/sys/fs/file-nr": "1 0 9\n",
    "proc/sys/kernel/sched_rt_runtime_us": "-1\n",
    "proc/sys/kernel/domainname": "\n",
    "proc/sys/kernel/hostname": "box\n",
  };

  test("has nothing to report where nothing is asked for", async () => assert.deepEqual(await scrape({}, {}), []));

  test("names one field, indexed fields, and fields with names", async () => {
    const include = ["kernel.sched_rt_runtime_us", "fs.file-nr", "fs.file-nr:a,b,c"];
    assert.deepEqual(await scrape({ include, "include-info": ["kernel.hostname", "fs.file-nr"] }, files), [
      "node_sysctl_kernel_sched_rt_runtime_us -1",
      ...['{index="0"} 1', '{index="1"} 0', '{index="2"} 9'].map((rest) => `node_sysctl_fs_file_nr${rest}`),
      ...["a 1", "b 0", "c 9"].map((rest) => `node_sysctl_fs_file_nr_${rest}`),
      'node_sysctl_info{index="0",name="kernel.hostname",value="box"} 1',
      'node_sysctl_info{index="0",name="fs.file-nr",value="1"} 1',
      'node_sysctl_info{index="1",name="fs.file-nr",value="0"} 1',
      'node_sysctl_info{index="2",name="fs.file-nr",value="9"} 1',
    ]);
  });

  test("keeps what was asked for before a parameter that is not there", async () => {
    const settings = settingsOf(sysctlSettings, {
      "collector.sysctl.include": ["kernel.sched_rt_runtime_us", "no.such"],
    });
    const { name, series } = await failureOf(sysctl(settings), treeSource(files));
    assert.deepEqual([name, ...series], ["Interrupted", "node_sysctl_kernel_sched_rt_runtime_us -1"]);
  });

  for (const [name, given, want] of [
    ["a parameter that is not there", { include: ["no.such"] }, /Cannot read .*\/no\/such: ENOENT/],
    ["an empty one", { "include-info": ["kernel.domainname"] }, /Cannot use .*: it is empty/],
    ["a text where a number is due", { include: ["kernel.hostname"] }, /Cannot parse kernel.hostname: found "box"/],
    ["fewer names than fields", { include: ["fs.file-nr:a,b"] }, /it has 3, but the names are a,b/],
    ["names for one field", { include: ["kernel.sched_rt_runtime_us:a"] }, /it has 1, but the names are a/],
    ["names for texts", { "include-info": ["fs.file-nr:a,b,c"] }, /fs.file-nr: it is reported as text/],
    [
      "names that make no metric",
      { include: ["fs.file-nr:a-b,c,d"] },
      /cannot be reported: .*node_sysctl_fs_file_nr_a-b.* is no name of a metric/,
    ],
  ] as const) {
    test(`rejects ${name}`, async () => {
      await assert.rejects(async () => await scrape(given as unknown as Record<string, string[]>, files), want);
    });
  }
});

test("xfrm() says 0 for what an old kernel does not count, and leaves out what only a new one does", () => {
  const series = seriesIn(xfrmSamples("XfrmInError 3\nXfrmInIptfsError 5\n"));
  assert.equal(series.length, 28);
  assert.ok(series.includes("node_xfrm_in_error_packets_total 3"));
  assert.ok(series.includes("node_xfrm_acquire_error_packets_total 0"));
});

describe("zoneinfo()", () => {
  test("takes the last of several values, and leaves out what a zone does not have", () => {
    const text =
      "Node 0, zone      DMA\n  per-node stats\n      nr_dirtied 4\n  pages free 9\n        min 5\n        min 6\n";
    assert.deepEqual(seriesIn(zoneSamples(`${text}        protection: (0, 7)\n  pagesets\n    cpu: 0\n`)), [
      'node_zoneinfo_nr_dirtied_total{node="0",zone="DMA"} 4',
      'node_zoneinfo_min_pages{node="0",zone="DMA"} 6',
      'node_zoneinfo_protection_0{node="0",zone="DMA"} 0',
      'node_zoneinfo_protection_1{node="0",zone="DMA"} 7',
    ]);
  });

  test("leaves out a protection that is no list of numbers", () => {
    assert.deepEqual(zoneSamples("Node 0, zone DMA\n protection: (x)\n"), []);
  });
});
