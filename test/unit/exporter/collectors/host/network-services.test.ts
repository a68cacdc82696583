import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { NoData } from "../../../../../src/exporter/collector.ts";
import { ipvs, ipvsSettings, parseIpvsStats } from "../../../../../src/exporter/collectors/host/ipvs.ts";
import { parseBackends } from "../../../../../src/exporter/collectors/host/ipvs-backends.ts";
import { nfs } from "../../../../../src/exporter/collectors/host/nfs.ts";
import { nfsd } from "../../../../../src/exporter/collectors/host/nfsd.ts";
import { xfs } from "../../../../../src/exporter/collectors/host/xfs.ts";
import { failureOf, fixtureSource, seriesOf, settingsOf } from "./fixture-source.ts";
import { treeSource } from "./tree-source.ts";

describe("parseIpvsStats()", () => {
  test("reads the third line", () => assert.deepEqual(parseIpvsStats("a\nb\n 1 A ff 0 10\n\n"), [1, 10, 255, 0, 16]));
  for (const text of ["", "a\nb\n", "a\nb\n1 2 3 4\n", "a\nb\n1 2 3 4 5 6\n", "a\nb\n1 2 3 4 x\n"]) {
    test(`rejects ${JSON.stringify(text)}`, () => assert.throws(() => parseIpvsStats(text), SyntaxError));
  }
});

describe("parseBackends()", () => {
  const service = "TCP  C0000201:0050 rr\n";
  test("gives addresses in their usual form", () => {
    const text = `${service}  -> [2001:0db8:0000:0000:0001:0000:0000:0007]:20FB Masq 1 4 0\n`;
    const [backend] = parseBackends(text);
    assert.deepEqual(backend?.labels, {
      proto: "TCP",
      local_mark: "",
      local_address: "192.0.2.1",
      local_port: "80",
      remote_address: "2001:db8::1:0:0:7",
      remote_port: "8443",
    });
  });

  test("leaves out the backends of services that have no series", () => {
    assert.deepEqual(parseBackends("SCTP C0000201:0050 rr\n  -> C6336407:1F90 Masq 1 12 3\n"), []);
  });

  test("finds nothing in an empty file and in a heading", () => {
    assert.deepEqual(parseBackends(""), []);
    assert.deepEqual(parseBackends("IP Virtual Server\nProt LocalAddress:Port\n  -> RemoteAddress:Port\n\n"), []);
  });

  for (const line of [
    "  ->",
    "  -> C6336407:1F90 Masq 1 12",
    "  -> C6336407 Masq 1 12 3",
    "  -> C633640:1F90 Masq 1 12 3",
    "  -> [zzzz:0db8:0000:0000:0000:0000:0000:0001]:0050 Masq 1 12 3",
    "  -> [00000000000000000000000000000000000:20]:0050 Masq 1 12 3",
    "  -> C6336407:1F90 Masq -1 12 3",
    "UDP  nowhere rr",
  ]) {
    test(`rejects "${line}"`, () => assert.throws(() => parseBackends(`${service}${line}\n`), SyntaxError));
  }
});

describe("ipvs()", () => {
  const ipvsOf = (labels?: string) =>
    ipvs(settingsOf(ipvsSettings, labels === undefined ? {} : { "collector.ipvs.backend-labels": labels }));

  test("sums the backends that are the same by the labels in force", async () => {
    const series = await seriesOf(ipvsOf("remote_address,,proto"), fixtureSource());
    const labels = 'proto="TCP",remote_address="198.51.100.7"';
    assert.ok(series.includes(`node_ipvs_backend_connections_active{${labels}} 12`));
    const all = await seriesOf(ipvsOf(""), fixtureSource());
    assert.ok(all.includes("node_ipvs_backend_weight 114"));
    assert.ok(all.includes("node_ipvs_backend_connections_active 289"));
    assert.ok(all.includes("node_ipvs_backend_connections_inactive 77"));
  });

  test("refuses labels that it does not know", () => {
    assert.throws(() => ipvsOf("proto,remote_adress"), /unknown IPVS backend labels remote_adress: known are local_/);
  });

  test("has no data where it is not loaded, and fails where half of it is missing", async () => {
    assert.throws(() => ipvsOf().collect(treeSource({})), NoData);
    const source = treeSource({ "proc/net/ip_vs_stats": "a\nb\n1 2 3 4 5\n" });
    const { name, message, series } = await failureOf(ipvsOf(), source);
    assert.deepEqual([name, series.length], ["Interrupted", 5]);
    assert.match(message, /net\/ip_vs: ENOENT/);
  });
});

const RPC = "net 4 1 3 2\nrpc 9 8 7\n";

describe("nfs()", () => {
  const nfsOf = (text: string) => seriesOf(nfs(), treeSource({ "proc/net/rpc/nfs": text }));

  test("gives 0 for versions and procedures that the kernel does not have", async () => {
    const series = await nfsOf(`${RPC}proc4 2 11 12\n`);
    assert.ok(series.includes('node_nfs_packets_total{protocol="udp"} 1'));
    assert.ok(series.includes("node_nfs_rpc_retransmissions_total 8"));
    assert.ok(series.includes('node_nfs_requests_total{method="Read",proto="4"} 12'));
    assert.ok(series.includes('node_nfs_requests_total{method="Write",proto="4"} 0'));
    assert.ok(series.includes('node_nfs_requests_total{method="FsStat",proto="2"} 0'));
    assert.equal(series.length, 105);
  });

  test("passes over procedures and lines that it does not know", async () => {
    const calls = Array.from({ length: 70 }, (_, i) => i).join(" ");
    const series = await nfsOf(`${RPC}proc4 70 ${calls}\nproc5 1 2\n`);
    assert.ok(series.includes('node_nfs_requests_total{method="Clone",proto="4"} 58'));
    assert.equal(series.length, 105);
  });

  test("has no data where there is no client", () => assert.throws(() => nfs().collect(treeSource({})), NoData));
  for (const text of [
    "",
    "net 4 1 3 2\n",
    "net 4 1 3\nrpc 9 8 7\n",
    `${RPC}\n`,
    `${RPC}proc3\n`,
    `${RPC}proc3 2 1 1\n`,
    `${RPC}proc4 3 1 1\n`,
    `${RPC}proc4 1 x\n`,
  ]) {
    test(`rejects ${JSON.stringify(text)}`, async () => assert.rejects(nfsOf(text), SyntaxError));
  }
});

describe("nfsd()", () => {
  const nfsdOf = (text: string) => seriesOf(nfsd(), treeSource({ "proc/net/rpc/nfsd": text }));

  test("reports the operations of version 4 that have a name, and delegations beside them", async () => {
    const series = await seriesOf(nfsd(), fixtureSource());
    const requests = series.filter((line) => line.includes('proto="4"'));
    assert.equal(requests.length, 36);
    assert.ok(requests.includes('node_nfsd_requests_total{method="Access",proto="4"} 1098'));
    assert.ok(requests.includes('node_nfsd_requests_total{method="WdelegGetattr",proto="4"} 9'));
    assert.equal(series.length, 90);
    assert.ok(!series.some((line) => line.includes('"Null"')));
    assert.ok(series.includes("node_nfsd_server_threads 8"));
    assert.ok(series.includes('node_nfsd_rpc_errors_total{error="cInt"} 0'));
  });

  test("gives 0 for the last operation where the kernel is older", async () => {
    const calls = Array.from({ length: 39 }, () => 1).join(" ");
    const series = await nfsdOf(`net 4 1 3 2\nrpc 9 8 7 6 5\nproc4ops 39 ${calls}\n`);
    assert.ok(series.includes('node_nfsd_requests_total{method="Write",proto="4"} 1'));
    assert.ok(series.includes('node_nfsd_requests_total{method="RelLockOwner",proto="4"} 0'));
  });

  test("has no data where there is no server", () => assert.throws(() => nfsd().collect(treeSource({})), NoData));
  for (const text of ["", RPC, "net 4 1 3 2\nrpc 9 8 7 6 5\nth 8\n", "net 4 1 3 2\nrpc 9 8 7 6 5\nproc4ops 2 1 1\n"]) {
    test(`rejects ${JSON.stringify(text)}`, async () => assert.rejects(nfsdOf(text), SyntaxError));
  }
});

describe("xfs()", () => {
  const xfsOf = (text: string) => seriesOf(xfs(), treeSource({ "sys/fs/xfs/sda1/stats/stats": text }));

  test("reports each file system, not their sum", async () => {
    const series = await seriesOf(xfs(), fixtureSource());
    assert.equal(series.length, 39);
    assert.ok(series.includes('node_xfs_read_calls_total{device="nvme0n1p2"} 94045'));
    assert.ok(series.every((line) => line.includes('device="nvme0n1p2"')));
  });

  test("reads the vnodes of old kernels, and passes over lines that it does not know", async () => {
    const series = await xfsOf("vnodes 1 2 3 4 5 6 7\nzoned 1\ngc xpc 5\n\n");
    assert.equal(series.length, 39);
    assert.ok(series.includes('node_xfs_vnode_remove_total{device="sda1"} 7'));
    assert.ok(series.includes('node_xfs_read_calls_total{device="sda1"} 0'));
  });

  test("is silent without a file system", async () => {
    assert.deepEqual(await seriesOf(xfs(), treeSource({})), []);
    assert.deepEqual(await seriesOf(xfs(), treeSource({ "sys/fs/xfs/stats/stats": "rw 1 2\n" })), []);
  });

  for (const text of ["rw 1\n", "rw 1 2 3\n", "rw 1 x\n", "vnodes 1 2 3 4 5 6 7 8 9\n", "abt\n"]) {
    test(`rejects ${JSON.stringify(text)}`, async () => assert.rejects(xfsOf(text), SyntaxError));
  }
});
