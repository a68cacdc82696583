import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { after, describe, test } from "node:test";
import { diskstats, diskstatsSettings, parseDiskstats } from "../../../../../src/exporter/collectors/host/diskstats.ts";
import { loadavg, parseLoadavg } from "../../../../../src/exporter/collectors/host/loadavg.ts";
import { meminfo, parseMeminfo } from "../../../../../src/exporter/collectors/host/meminfo.ts";
import { netdev, netdevSettings, parseNetDev } from "../../../../../src/exporter/collectors/host/netdev.ts";
import { addressScope } from "../../../../../src/exporter/collectors/host/netdev-addresses.ts";
import { stat, statSettings } from "../../../../../src/exporter/collectors/host/stat.ts";
import { parseUdevProperties } from "../../../../../src/exporter/collectors/host/udev.ts";
import { uname } from "../../../../../src/exporter/collectors/host/uname.ts";
import { FIXTURE_HOST, fixtureSource, seriesOf, settingsOf } from "./fixture-source.ts";

const folder = mkdtempSync(`${tmpdir()}/tsmon-procfs-`);
after(() => rmSync(folder, { recursive: true, force: true }));

/** A source whose procfs holds one file. */
function sourceWith(path: string, text: string) {
  mkdirSync(`${folder}/${path}`.replace(/\/[^/]*$/, ""), { recursive: true });
  writeFileSync(`${folder}/${path}`, text);
  return fixtureSource({ paths: { procfs: folder } });
}

describe("parseLoadavg()", () => {
  test("reads the first three fields", () => assert.deepEqual(parseLoadavg("0.50 1.25 1e1 1/2 3\n"), [0.5, 1.25, 10]));
  for (const text of ["", "0.1 0.2\n", "a b c\n"]) {
    test(`rejects ${JSON.stringify(text)}`, () =>
      assert.throws(() => parseLoadavg(text), /Cannot parse loadavg: found/));
  }
});

describe("parseMeminfo()", () => {
  for (const [name, text, want] of [
    ["gives sizes in bytes", "MemTotal:       16 kB\n", [["MemTotal", 16384]]],
    ["gives counts as they are", "HugePages_Total:       4\n", [["HugePages_Total", 4]]],
    [
      "reads a last line without line feed",
      "A: 1\nB: 2",
      [
        ["A", 1],
        ["B", 2],
      ],
    ],
    ["finds nothing in an empty file", "", []],
  ] as const) {
    test(name, () => assert.deepEqual(parseMeminfo(text), want));
  }
  for (const text of [
    "MemTotal:\n",
    "MemTotal: 5 MB\n",
    "MemTotal: 5 kB x\n",
    "MemTotal: -5 kB\n",
    "MemTotal 5 kB\n",
    "\n",
  ]) {
    test(`rejects ${JSON.stringify(text)}`, () => assert.throws(() => parseMeminfo(text), SyntaxError));
  }
});

describe("meminfo()", () => {
  test("names keys in brackets without them, and skips keys that are not in its list", async () => {
    const source = sourceWith("meminfo", "Active(anon): 1 kB\nSecPageTables: 2 kB\nHugePages_Free: 3\n");
    assert.deepEqual(await seriesOf(meminfo(), source), [
      "node_memory_Active_anon_bytes 1024",
      "node_memory_HugePages_Free 3",
    ]);
  });
});

describe("stat()", () => {
  test("leaves out what the file lacks", async () => {
    const series = await seriesOf(stat(settingsOf(statSettings)), sourceWith("stat", "cpu 1 2\nctxt 7\n"));
    assert.deepEqual(series, ["node_context_switches_total 7"]);
  });

  test("rejects a line of softirqs that is cut off, where they are exported", () => {
    const source = sourceWith("stat", "softirq 1 2 3\n");
    const withSoftirqs = stat(settingsOf(statSettings, { "collector.stat.softirq": true }));
    assert.throws(() => withSoftirqs.collect(source), SyntaxError);
    assert.deepEqual(stat(settingsOf(statSettings)).collect(source), []);
  });
});

describe("parseDiskstats()", () => {
  const line = (columns: number) => `8 0 sda ${Array.from({ length: columns }, (_, i) => i + 1).join(" ")}\n`;
  for (const [name, text, want] of [
    ["reads the 11 columns of old kernels", line(11), [11]],
    ["reads 15 columns, with discards", line(15), [15]],
    ["reads 17 columns, with flushes", line(17), [17]],
    ["ignores columns that it does not know", line(20), [17]],
    ["leaves out partitions with 4 columns", line(4) + line(11), [11]],
    ["leaves out a line that is cut off", line(10) + line(11), [11]],
    ["leaves out empty and cut lines", "\n8 0\n", []],
    ["finds nothing in an empty file", "", []],
  ] as const) {
    test(name, () =>
      assert.deepEqual(
        parseDiskstats(text).map(({ columns }) => columns.length),
        want,
      ),
    );
  }
  for (const text of ["8 0 sda x 2 3 4 5 6 7 8 9 10 11\n", "x 0 sda 1 2 3 4 5 6 7 8 9 10 11\n"]) {
    test(`rejects ${JSON.stringify(text)}`, () => assert.throws(() => parseDiskstats(text), SyntaxError));
  }
});

describe("diskstats()", () => {
  test("needs neither udev nor sysfs", async () => {
    const source = fixtureSource({ paths: { sysfs: "/nonexistent", udevData: "/nonexistent" } });
    const series = await seriesOf(diskstats(settingsOf(diskstatsSettings)), source);
    const blank = 'model="",path="",revision="",rotational="0",serial="",wwn=""';
    assert.ok(series.includes(`node_disk_info{device="sda",major="8",minor="0",${blank}} 1`));
  });

  test("reports only what the inclusion matches, though the default exclusion matches it too", async () => {
    const settings = settingsOf(diskstatsSettings, { "collector.diskstats.device-include": "^loop" });
    const series = await seriesOf(diskstats(settings), fixtureSource());
    assert.ok(series.length > 0 && series.every((line) => line.includes('device="loop0"')));
  });
});

describe("parseUdevProperties()", () => {
  test("takes lines that begin with E: and cuts at the first equals sign", () => {
    const properties = parseUdevProperties("S:disk\nE:A=1=2\nE:EMPTY=\nE:NOTHING\nV:1\nE:CUT");
    assert.deepEqual(Object.fromEntries(properties), { A: "1=2", EMPTY: "" });
  });
});

describe("parseNetDev()", () => {
  const HEADING = "Inter-| Receive | Transmit\n face |bytes | bytes\n";
  const COLUMNS = "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16";
  for (const [name, lines, want] of [
    ["reads a device", `  eth0: ${COLUMNS}\n`, ["eth0"]],
    ["reads a count that touches the colon", `eth0:${COLUMNS}\n`, ["eth0"]],
    ["keeps a colon that is part of the name", `eth0:1: ${COLUMNS}\n`, ["eth0:1"]],
    ["keeps names of VLANs and bridges", `br-3f2a.20: ${COLUMNS}\n`, ["br-3f2a.20"]],
    ["finds none after the headings", "", []],
  ] as const) {
    test(name, () => assert.deepEqual([...parseNetDev(HEADING + lines).keys()], want));
  }

  test("finds none in an empty file", () => assert.equal(parseNetDev("").size, 0));

  for (const line of ["lo: 1 2 3", `lo ${COLUMNS}`, `: ${COLUMNS}`, `lo: x ${COLUMNS}`, "\n"]) {
    test(`rejects "${line}"`, () => assert.throws(() => parseNetDev(`${HEADING}${line}\n`), SyntaxError));
  }
});

describe("netdev()", () => {
  const seriesFor = (given: Record<string, unknown>, source = fixtureSource()) =>
    seriesOf(netdev(settingsOf(netdevSettings, given)), source);
  const eth0 = { "collector.netdev.device-include": "^eth0$" };

  test("adds what netlink has, and 0 where the kernel lacks it", async () => {
    const series = await seriesFor({});
    assert.ok(series.includes('node_network_receive_nohandler_total{device="eth0"} 7'));
    assert.ok(series.includes('node_network_receive_nohandler_total{device="tailscale0"} 0'));
    assert.ok(!(await seriesFor({ "collector.netdev.netlink": false })).some((line) => line.includes("nohandler")));
  });

  test("has other names where details are asked of procfs", async () => {
    const given = { ...eth0, "collector.netdev.netlink": false, "collector.netdev.enable-detailed-metrics": true };
    const series = await seriesFor(given);
    assert.ok(series.includes('node_network_receive_errors_total{device="eth0"} 1'));
    assert.ok(series.includes('node_network_transmit_dropped_total{device="eth0"} 4'));
    assert.equal(series.length, 16);
  });

  test("reads every statistic from sysfs where details are asked of netlink", async () => {
    const series = await seriesFor({ ...eth0, "collector.netdev.enable-detailed-metrics": true });
    assert.ok(series.includes('node_network_multicast_total{device="eth0"} 9'));
    assert.ok(series.includes('node_network_receive_missed_errors_total{device="eth0"} 16'));
    assert.equal(series.length, 24);
  });

  test("adds the alias", async () => {
    const series = await seriesFor({ ...eth0, "collector.netdev.label-ifalias": true });
    assert.ok(
      series.includes('node_network_receive_bytes_total{device="eth0",ifalias="uplink \\"rack 3\\""} 738780407'),
    );
  });

  test("falls back to this process's own procfs in place of netlink only", async () => {
    const ownPaths = { procfs: `${FIXTURE_HOST}/proc`, sysfs: `${FIXTURE_HOST}/sys` };
    const source = fixtureSource({ paths: { procfs: "/nonexistent" }, ownPaths });
    assert.equal((await seriesFor(eth0, source)).length, 17);
    await assert.rejects(seriesFor({ "collector.netdev.netlink": false }, source), /net\/dev: ENOENT/);
  });

  test("reports this machine's addresses on demand", async () => {
    const series = await seriesFor({ "collector.netdev.address-info": true });
    const loopback = 'node_network_address_info{address="127.0.0.1",device="lo",netmask="8",scope="link-local"} 1';
    assert.ok(series.includes(loopback));
  });
});

describe("addressScope()", () => {
  for (const [address, scope] of [
    ["127.0.0.1", "link-local"],
    ["::1", "link-local"],
    ["169.254.3.4", "link-local"],
    ["fe80::1", "link-local"],
    ["192.0.2.1", "global"],
    ["100.64.0.1", "global"],
    ["fd7a:115c:a1e0::1", "global"],
    ["ff01::1", "interface-local"],
    ["239.1.2.3", ""],
    ["::", ""],
  ] as const) {
    test(`of ${address} is "${scope}"`, () => assert.equal(addressScope(address), scope));
  }
});

describe("uname()", () => {
  test("reports this machine, and the kernel's word where there is no domain name", async () => {
    const [series = ""] = await seriesOf(uname(), fixtureSource());
    assert.ok(series.includes(`nodename="${hostname()}"`));
    assert.ok(series.includes('domainname="(none)"'));
  });
});

describe("loadavg()", () => {
  test("fails without its file", () => {
    const source = fixtureSource({ paths: { procfs: "/nonexistent" } });
    assert.throws(() => loadavg().collect(source), /Cannot read \/nonexistent\/loadavg: ENOENT/);
  });
});
