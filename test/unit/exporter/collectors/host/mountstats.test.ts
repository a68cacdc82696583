import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { mountSamples } from "../../../../../src/exporter/collectors/host/mountstats.ts";
import { parseMountStats } from "../../../../../src/exporter/collectors/host/mountstats-text.ts";

const EVENTS = Array.from({ length: 27 }, (_, i) => i + 1).join(" ");

/** A mount of NFS with these lines. */
const nfs = (lines: string, point = "/mnt") =>
  `device nas:/x mounted on ${point} with fstype nfs4 statvers=1.1\n${lines}\n`;
const TCP = "\txprt:\ttcp 1 2 3 4 18446744073709551615 6 7 8 9 10 11 12 13\n";
const UDP = "\txprt:\tudp 1 2 6 7 8 9 10 11 12 13\n";
const RDMA = `\txprt:\trdma 1 2 3 4 5 6 7 8 9 10 ${"0 ".repeat(18)}\n`;
const INFO = "27 21 0:40 / /mnt rw - nfs4 nas:/x rw,addr=192.0.2.9,addr=192.0.2.1\n";

const seriesIn = (mountstats: string, mountinfo = INFO) => {
  return mountSamples(mountstats, mountinfo).map(({ metric, labels, value }) => `${metric.name}${labels} ${value}`);
};

/** Series of the transport's families, as their names' ends and their values. */
const transports = (series: string[]) =>
  Object.fromEntries(
    series.flatMap((line) => {
      const [, name, value] = /_transport_(\w+)\{.*\} (.*)/.exec(line) ?? [];
      return name === undefined ? [] : [[name, Number(value)]];
    }),
  );

describe("mountSamples()", () => {
  test("has nothing of what is no NFS", () => {
    assert.deepEqual(
      seriesIn("device proc mounted on /proc with fstype proc\nno device mounted on /x with fstype y\n", ""),
      [],
    );
  });

  test("names the address that mountinfo has on the same line", () => {
    const other = "device /dev/sda1 mounted on / with fstype ext4\n";
    const info = `21 1 8:1 / / rw - ext4 /dev/sda1 rw\n${INFO}`;
    const [point] = seriesIn(other + nfs(TCP), info);
    const labels = 'export="nas:/x",mountaddr="192.0.2.1",mountpoint="/mnt",protocol="tcp"';
    assert.equal(point, `node_mountstats_nfs_mountpoint_info{${labels}} 1`);
    assert.match(seriesIn(nfs(TCP), "")[0]!, /mountaddr="",/);
  });

  test("has the columns of each protocol in their places", () => {
    const common = {
      bind_total: 2,
      sends_total: 6,
      receives_total: 7,
      bad_transaction_ids_total: 8,
      backlog_queue_total: 10,
    };
    const queues = { maximum_rpc_slots: 11, sending_queue_total: 12, pending_queue_total: 13 };
    // 2^64 - 1 starts again at 2^53, as in node_exporter.
    const idle = { connect_total: 3, idle_time_seconds: 2 ** 53 - 1 };
    assert.deepEqual(transports(seriesIn(nfs(TCP))), { ...common, ...queues, ...idle });
    assert.deepEqual(transports(seriesIn(nfs(UDP))), { ...common, ...queues, connect_total: 0, idle_time_seconds: 0 });
    const none = { maximum_rpc_slots: 0, sending_queue_total: 0, pending_queue_total: 0 };
    assert.deepEqual(transports(seriesIn(nfs(RDMA))), { ...common, ...none, connect_total: 3, idle_time_seconds: 5 });
  });

  test("numbers the connections of a mount", () => {
    const binds = seriesIn(nfs(TCP + TCP)).filter((line) => line.includes("transport_bind_total"));
    assert.deepEqual(
      binds.map((line) => /transport="(\d)"/.exec(line)?.[1]),
      ["0", "1"],
    );
  });

  test("reports an export once, and each place where it is mounted", () => {
    const series = seriesIn(nfs(TCP, "/a") + nfs(TCP, "/b"), INFO + INFO);
    assert.equal(new Set(series.map((line) => line.slice(0, line.lastIndexOf(" ")))).size, series.length);
    assert.equal(series.filter((line) => line.includes("mountpoint_info")).length, 2);
    assert.equal(series.filter((line) => line.includes("age_seconds")).length, 1);
  });

  test("leaves out the event that kernels do not count, and gives operations' times in seconds", () => {
    const operations = "\tper-op statistics\n\t        READ: 1 2 3 4 5 6 18446744073709551615 8 9\n";
    const series = seriesIn(nfs(`\tage:\t5\n\tevents:\t${EVENTS}\n${TCP}${operations}`));
    const ending = (name: string) =>
      series.filter((line) => line.startsWith(`node_mountstats_nfs_${name}{`)).map((line) => line.split(" ").at(-1));
    assert.deepEqual([ending("event_vfs_file_release_total"), ending("event_truncation_total")], [["18"], ["20"]]);
    assert.deepEqual(ending("operations_queue_time_seconds_total"), ["0.006"]);
    assert.deepEqual(ending("operations_response_time_seconds_total"), [String((2 ** 53 - 1) / 1000)]);
  });
});

describe("parseMountStats()", () => {
  for (const [name, text] of [
    ["a mount that is cut off", "device nas:/x mounted on /mnt\n"],
    ["statistics of another file system", "device x mounted on /mnt with fstype cifs statvers=1.1\n"],
    ["an unknown version", nfs(TCP).replace("1.1", "2.0")],
    ["an unknown protocol", nfs("\txprt:\tquic 1 2\n")],
    ["too few columns of TCP", nfs("\txprt:\ttcp 1 2\n")],
    ["too many columns of TCP", nfs(TCP.replace("13\n", "13 14\n"))],
    ["events of another kernel", nfs("\tevents:\t1 2 3\n")],
    ["a negative number", nfs("\tbytes:\t-1 2 3 4 5 6 7 8\n")],
    ["a number of 30 digits", nfs(`\tbytes:\t${"1".repeat(30)} 2 3 4 5 6 7 8\n`)],
    ["an operation without its counts", nfs("\tper-op statistics\n\tREAD: 1 2\n")],
  ] as const) {
    test(`rejects ${name}`, () => {
      assert.throws(() => parseMountStats(text), { name: "SyntaxError", message: /^Cannot parse mountstats: found/ });
    });
  }
});
