import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { NoData } from "../../../../../src/exporter/collector.ts";
import { arp, arpSettings } from "../../../../../src/exporter/collectors/host/arp.ts";
import { conntrack } from "../../../../../src/exporter/collectors/host/conntrack.ts";
import { interrupts, interruptsSettings } from "../../../../../src/exporter/collectors/host/interrupts.ts";
import { netstat, netstatSettings } from "../../../../../src/exporter/collectors/host/netstat.ts";
import { sockstat } from "../../../../../src/exporter/collectors/host/sockstat.ts";
import { softnet } from "../../../../../src/exporter/collectors/host/softnet.ts";
import { tcpstat } from "../../../../../src/exporter/collectors/host/tcpstat.ts";
import { udpQueues } from "../../../../../src/exporter/collectors/host/udp-queues.ts";
import { FIXTURE_HOST, failureOf, fixtureSource, seriesOf, settingsOf } from "./fixture-source.ts";
import { treeSource } from "./tree-source.ts";

describe("arp()", () => {
  const arpOf = (given: Record<string, unknown> = {}) => arp(settingsOf(arpSettings, given));
  const heading = "IP address       HW type     Flags       HW address            Mask     Device\n";

  test("counts what netlink would: no entries that are published for others", async () => {
    assert.deepEqual(await seriesOf(arpOf(), fixtureSource()), [
      'node_arp_entries{device="eth0"} 1',
      'node_arp_entries{device="br-3f2a.20"} 1',
    ]);
    const withoutNetlink = arpOf({ "collector.arp.netlink": false });
    assert.ok((await seriesOf(withoutNetlink, fixtureSource())).includes('node_arp_entries{device="eth0"} 2'));
  });

  test("counts entries whatever their state", async () => {
    const entry = (flags: string) => `192.0.2.1 0x1 ${flags} 02:00:5e:00:53:09 * eth0\n`;
    const text = heading + ["0x0", "0x2", "0x6", "0x8", "0xe"].map(entry).join("");
    assert.deepEqual(await seriesOf(arpOf(), treeSource({ "proc/net/arp": text })), [
      'node_arp_entries{device="eth0"} 3',
    ]);
  });

  test("reports the devices that it is told to", async () => {
    const only = arpOf({ "collector.arp.device-include": "^br-" });
    assert.deepEqual(await seriesOf(only, fixtureSource()), ['node_arp_entries{device="br-3f2a.20"} 1']);
    const without = arpOf({ "collector.arp.device-exclude": "^br-" });
    assert.deepEqual(await seriesOf(without, fixtureSource()), ['node_arp_entries{device="eth0"} 1']);
  });

  test("falls back to this process's own procfs in place of netlink only", async () => {
    const ownPaths = { procfs: `${FIXTURE_HOST}/proc`, sysfs: "/nonexistent" };
    const source = fixtureSource({ paths: { procfs: "/nonexistent" }, ownPaths });
    assert.equal((await seriesOf(arpOf(), source)).length, 2);
    await assert.rejects(seriesOf(arpOf({ "collector.arp.netlink": false }), source), /net\/arp: ENOENT/);
  });

  test("finds nothing in an empty table and an empty file", async () => {
    for (const text of ["", heading])
      assert.deepEqual(await seriesOf(arpOf(), treeSource({ "proc/net/arp": text })), []);
  });

  for (const line of [
    "192.0.2.1 0x1 0x2 02:00:5e:00:53:09 *",
    "192.0.2.1 0x1 two 02:00:5e:00:53:09 * eth0",
    "a b c d e f g",
  ]) {
    test(`rejects "${line}"`, async () => {
      await assert.rejects(seriesOf(arpOf(), treeSource({ "proc/net/arp": `${heading}${line}\n` })), SyntaxError);
    });
  }
});

describe("netstat()", () => {
  const netstatOf = (fields?: string) =>
    netstat(settingsOf(netstatSettings, fields === undefined ? {} : { "collector.netstat.fields": fields }));
  const files = { "proc/net/netstat": "TcpExt: A B\nTcpExt: 1 2\n", "proc/net/snmp": "Tcp: MaxConn C\nTcp: -1 3\n" };

  test("reports the fields that it is told to, and every field without a regexp", async () => {
    assert.deepEqual(await seriesOf(netstatOf("_[AC]$"), treeSource(files)), [
      "node_netstat_TcpExt_A 1",
      "node_netstat_Tcp_C 3",
    ]);
    assert.equal((await seriesOf(netstatOf(""), treeSource(files))).length, 4);
  });

  test("reads negative values, and a text that changes its fields between scrapes", async () => {
    const collector = netstatOf("Max|New");
    assert.deepEqual(await seriesOf(collector, treeSource(files)), ["node_netstat_Tcp_MaxConn -1"]);
    const source = treeSource({ ...files, "proc/net/snmp": "Tcp: New MaxConn C\nTcp: 5 6 7\n" });
    assert.deepEqual(await seriesOf(collector, source), ["node_netstat_Tcp_New 5", "node_netstat_Tcp_MaxConn 6"]);
  });

  test("names the fields of snmp6 by protocol, and passes over lines that have none", async () => {
    const snmp6 = "Ip6InOctets   \t9\nUdpLite6InErrors\t4\nodd\t1\nIp6\n\nnot for us\n";
    assert.deepEqual(await seriesOf(netstatOf("6_|odd"), treeSource({ ...files, "proc/net/snmp6": snmp6 })), [
      "node_netstat_Ip6_InOctets 9",
      "node_netstat_UdpLite6_InErrors 4",
    ]);
  });

  test("makes each family once", async () => {
    const collector = netstatOf();
    const [first, second] = [await collector.collect(fixtureSource()), await collector.collect(fixtureSource())];
    assert.ok(first.length > 40);
    for (const [i, { metric }] of first.entries()) assert.equal(metric, second[i]?.metric);
  });

  for (const [name, text] of [
    ["a line without its values", "Tcp: A B\n"],
    ["fewer values than names", "Tcp: A B\nTcp: 1\n"],
    ["more values than names", "Tcp: A B\nTcp: 1 2 3\n"],
    ["a value that is no number, though it is not reported", "Tcp: A B\nTcp: 1 x\n"],
    ["a heading without protocol", "A B\nTcp: 1\n"],
  ] as const) {
    test(`rejects ${name}`, async () => {
      await assert.rejects(seriesOf(netstatOf(), treeSource({ ...files, "proc/net/snmp": text })), SyntaxError);
    });
  }

  test("fails without a file that every kernel has", async () => {
    await assert.rejects(seriesOf(netstatOf(), treeSource({ "proc/net/netstat": "" })), /net\/snmp: ENOENT/);
  });
});

describe("sockstat()", () => {
  test("gives memory in bytes too, and 0 for sockets that are not told", async () => {
    const text = "sockets: used 8\nTCP: inuse 4 new 9 mem 2\nFRAG: memory 0\n";
    const series = await seriesOf(sockstat(), treeSource({ "proc/net/sockstat": text }));
    assert.match(series[3] ?? "", /^node_sockstat_TCP_mem_bytes (8192|32768|131072)$/);
    assert.deepEqual(series.toSpliced(3, 1), [
      "node_sockstat_sockets_used 8",
      "node_sockstat_TCP_inuse 4",
      "node_sockstat_TCP_mem 2",
      "node_sockstat_FRAG_memory 0",
      "node_sockstat_FRAG_inuse 0",
    ]);
  });

  test("makes each family once", async () => {
    const source = treeSource({ "proc/net/sockstat": "DCCP: inuse 1\n" });
    const [first, second] = [await sockstat().collect(source), await sockstat().collect(source)];
    assert.equal(first[0]?.metric.name, "node_sockstat_DCCP_inuse");
    assert.equal(first[0]?.metric, second[0]?.metric);
  });

  test("is silent where neither protocol is on", async () => {
    assert.deepEqual(await seriesOf(sockstat(), treeSource({})), []);
  });

  for (const text of ["TCP\n", "TCP:\n", "TCP: inuse\n", "TCP: inuse x\n", ": inuse 1\n", "\n"]) {
    test(`rejects ${JSON.stringify(text)}`, async () => {
      await assert.rejects(seriesOf(sockstat(), treeSource({ "proc/net/sockstat": text })), SyntaxError);
    });
  }
});

describe("softnet()", () => {
  const line = (columns: number) =>
    `${Array.from({ length: columns }, (_, i) => `0000001${i.toString(16)}`).join(" ")}\n`;
  const softnetOf = (text: string) => seriesOf(softnet(), treeSource({ "proc/net/softnet_stat": text }));

  test("reads the CPU's number where there is one", async () => {
    const series = await softnetOf(line(15));
    assert.ok(series.includes('node_softnet_processed_total{cpu="28"} 16'));
    assert.ok(series.includes('node_softnet_backlog_len{cpu="28"} 27'));
  });

  test("counts lines, and gives 0, where the kernel is older", async () => {
    const series = await softnetOf(line(9) + line(11));
    assert.ok(series.includes('node_softnet_received_rps_total{cpu="0"} 0'));
    assert.ok(series.includes('node_softnet_flow_limit_count_total{cpu="1"} 26'));
    assert.ok(series.includes('node_softnet_backlog_len{cpu="1"} 0'));
  });

  test("finds nothing in an empty file", async () => assert.deepEqual(await softnetOf(""), []));
  for (const text of [line(8), "\n", line(13).replace("10", "xx")]) {
    test(`rejects ${JSON.stringify(text)}`, async () => assert.rejects(softnetOf(text), SyntaxError));
  }
});

describe("conntrack()", () => {
  const sizes = {
    "proc/sys/net/netfilter/nf_conntrack_count": "5\n",
    "proc/sys/net/netfilter/nf_conntrack_max": "9\n",
  };
  const TABLE = ["node_nf_conntrack_entries 5", "node_nf_conntrack_entries_limit 9"];
  const statOf = (text: string) => seriesOf(conntrack(), treeSource({ ...sizes, "proc/net/stat/nf_conntrack": text }));

  test("sums over the CPUs", async () => {
    const series = await seriesOf(conntrack(), fixtureSource());
    assert.ok(series.includes("node_nf_conntrack_stat_found 4294967372"));
    assert.ok(series.includes("node_nf_conntrack_stat_search_restart 8"));
  });

  test("reads the 16 columns of old kernels", async () => {
    const series = await statOf(`heading\n${"00000001 ".repeat(16)}\n`);
    assert.deepEqual(series.slice(-2), [
      "node_nf_conntrack_stat_early_drop 1",
      "node_nf_conntrack_stat_search_restart 0",
    ]);
  });

  test("reports the table alone where the kernel has no statistics", async () => {
    const { name, series } = await failureOf(conntrack(), treeSource(sizes));
    assert.deepEqual([name, ...series], ["NoData", ...TABLE]);
  });

  test("keeps the table where the statistics cannot be read", async () => {
    const source = treeSource({ ...sizes, "proc/net/stat/nf_conntrack": "heading\nx\n" });
    const { name, message, series } = await failureOf(conntrack(), source);
    assert.deepEqual([name, ...series], ["Interrupted", ...TABLE]);
    assert.match(message, /nf_conntrack: found "x"/);
  });

  test("has no data where it is not loaded", () => assert.throws(() => conntrack().collect(treeSource({})), NoData));
  for (const columns of [1, 15, 18]) {
    test(`rejects ${columns} columns`, async () => {
      await assert.rejects(statOf(`heading\n${"00000001 ".repeat(columns)}\n`), /nf_conntrack: found "0/);
    });
  }
  test("rejects a size that is no number", () => {
    const source = treeSource({ "proc/sys/net/netfilter/nf_conntrack_count": "many\n" });
    assert.throws(() => conntrack().collect(source), /nf_conntrack_count: found "many"/);
  });
});

describe("udpQueues()", () => {
  test("sums what is queued, by protocol", async () => {
    assert.deepEqual(await seriesOf(udpQueues(), fixtureSource()), [
      'node_udp_queues{ip="v4",queue="tx"} 0',
      'node_udp_queues{ip="v4",queue="rx"} 4608',
      'node_udp_queues{ip="v6",queue="tx"} 0',
      'node_udp_queues{ip="v6",queue="rx"} 0',
    ]);
  });

  test("leaves out a protocol that is off, and has no data without both", async () => {
    const series = await seriesOf(udpQueues(), treeSource({ "proc/net/udp6": "heading\n" }));
    assert.deepEqual(series, ['node_udp_queues{ip="v6",queue="tx"} 0', 'node_udp_queues{ip="v6",queue="rx"} 0']);
    assert.throws(() => udpQueues().collect(treeSource({})), NoData);
  });

  for (const line of [
    "",
    "1: 00:00 00:00 07 00000000 0 0 0 0 0",
    "1: 00:00 00:00 07 0:x 0 0 0 0 0",
    "1: 00:00 00:00 07 0:0 0",
  ]) {
    test(`rejects "${line}"`, () => {
      const source = treeSource({ "proc/net/udp": `heading\n${line}\n` });
      assert.throws(() => udpQueues().collect(source), /net\/udp: found "/);
    });
  }

  test("keeps one protocol where the other cannot be read", async () => {
    const { name, series } = await failureOf(
      udpQueues(),
      treeSource({ "proc/net/udp": "heading\n", "proc/net/udp6": "heading\nx\n" }),
    );
    assert.deepEqual([name, series.length], ["Interrupted", 2]);
  });
});

describe("tcpstat()", () => {
  test("counts sockets of both protocols by state", async () => {
    assert.deepEqual((await seriesOf(tcpstat(), fixtureSource())).sort(), [
      'node_tcp_connection_states{state="close_wait"} 1',
      'node_tcp_connection_states{state="established"} 6',
      'node_tcp_connection_states{state="fin_wait2"} 1',
      'node_tcp_connection_states{state="listen"} 2',
      'node_tcp_connection_states{state="rx_queued_bytes"} 302',
      'node_tcp_connection_states{state="tx_queued_bytes"} 0',
    ]);
  });

  test("is silent where no socket is open, and fails without its file", async () => {
    assert.deepEqual(await seriesOf(tcpstat(), treeSource({ "proc/net/tcp": "heading\n" })), []);
    await assert.rejects(seriesOf(tcpstat(), treeSource({})), /\/nonexistent\/net\/tcp: ENOENT/);
  });

  test("does not mix this process's procfs with the host's", async () => {
    const ownPaths = { procfs: `${FIXTURE_HOST}/proc`, sysfs: "/nonexistent" };
    const own = await seriesOf(tcpstat(), fixtureSource({ paths: { procfs: "/nonexistent" }, ownPaths }));
    assert.deepEqual(own, await seriesOf(tcpstat(), fixtureSource()));
  });

  test("names a state that it does not know", async () => {
    const source = treeSource({ "proc/net/tcp": "heading\n1: 00:00 00:00 7F 0:0 0 0 0 0 0\n" });
    assert.ok((await seriesOf(tcpstat(), source)).includes('node_tcp_connection_states{state="unknown"} 1'));
  });
});

describe("interrupts()", () => {
  const seriesFor = (given: Record<string, unknown>, source = fixtureSource()) =>
    seriesOf(interrupts(settingsOf(interruptsSettings, given)), source);
  const heading = "           CPU0       CPU2\n";

  test("splits what follows the counts of a numbered interrupt only", async () => {
    const series = await seriesFor({});
    const disk = 'cpu="1",devices="2-edge virtio2-output.0",info="PCI-MSIX-0000:00:03.0",type="39"';
    assert.ok(series.some((line) => line.startsWith(`node_interrupts_total{${disk}} `)));
    const timer = 'cpu="0",devices="",info="Local timer interrupts",type="LOC"';
    assert.ok(series.some((line) => line.startsWith(`node_interrupts_total{${timer}} `)));
    assert.ok(!series.some((line) => line.includes("ERR")));
  });

  test("leaves out zeros and names on demand", async () => {
    const given = { "collector.interrupts.include-zeros": false, "collector.interrupts.name-include": ";ttyS0$|ttyS0" };
    const info = 'devices="4-edge ttyS0",info="IO-APIC",type="26"';
    assert.deepEqual(await seriesFor(given), [`node_interrupts_total{cpu="1",${info}} 15`]);
    const without = await seriesFor({ "collector.interrupts.name-exclude": "virtio" });
    assert.ok(without.length > 0 && !without.some((line) => line.includes("virtio")));
  });

  test("reads counts that follow the colon at once, and escapes what the driver says", async () => {
    const source = treeSource({ "proc/interrupts": `${heading}IPI0:1 2 a "b"\n7: 1\n` });
    assert.deepEqual(await seriesFor({}, source), [
      'node_interrupts_total{cpu="0",devices="",info="a \\"b\\"",type="IPI0"} 1',
      'node_interrupts_total{cpu="1",devices="",info="a \\"b\\"",type="IPI0"} 2',
    ]);
  });

  test("passes over a line with fewer fields than CPUs, as a Raspberry Pi's FIQ", async () => {
    const source = treeSource({ "proc/interrupts": `${heading}FIQ:              usb_fiq\nERR: 0\nLOC: 1 2 Local\n` });
    assert.equal((await seriesFor({}, source)).length, 2);
  });

  test("rejects an empty file and a count that is no number", async () => {
    await assert.rejects(seriesFor({}, treeSource({ "proc/interrupts": "" })), SyntaxError);
    await assert.rejects(seriesFor({}, treeSource({ "proc/interrupts": `${heading}1: 2 x y z\n` })), SyntaxError);
  });
});
