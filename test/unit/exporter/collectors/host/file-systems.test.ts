import assert from "node:assert/strict";
import { chmodSync } from "node:fs";
import { describe, test } from "node:test";
import { NoData } from "../../../../../src/exporter/collector.ts";
import { bcache, bcacheSettings } from "../../../../../src/exporter/collectors/host/bcache.ts";
import {
  parsePriorityStats,
  parseSize,
  parseWritebackRate,
} from "../../../../../src/exporter/collectors/host/bcache-text.ts";
import { bcachefs } from "../../../../../src/exporter/collectors/host/bcachefs.ts";
import {
  parseCounter,
  parseHumanSize,
  parseIoDone,
  parseIoErrors,
  tableRows,
} from "../../../../../src/exporter/collectors/host/bcachefs-text.ts";
import { btrfs, parseCommitStats } from "../../../../../src/exporter/collectors/host/btrfs.ts";
import { forEachKstat, parsePoolIo } from "../../../../../src/exporter/collectors/host/kstat.ts";
import { zfs } from "../../../../../src/exporter/collectors/host/zfs.ts";
import { unprivileged } from "../../../../unprivileged.ts";
import { failureOf, seriesOf, settingsOf } from "./fixture-source.ts";
import { hostTrees, under } from "./host-tree.ts";

const host = hostTrees();

const UUID = "0abb23a9-579b-43e6-ad30-227ef47fcb9d";

describe("btrfs()", () => {
  const folder = `sys/fs/btrfs/${UUID}`;
  const files = {
    ...under(folder, { label: "backup\n", metadata_uuid: `${UUID}\n`, "allocation/global_rsv_size": "16777216\n" }),
    ...under(folder, { "allocation/data/bytes_reserved": "0\n", "allocation/data/flags": "1\n" }),
    ...under(folder, { "allocation/data/raid5/used_bytes": "5\n", "allocation/data/raid5/total_bytes": "9\n" }),
    ...under(folder, { "devices/sda/size": "4\n", "devices/sdb/size": "8\n", "devices/sdc/size": "2\n" }),
    ...under("sys/fs/btrfs", { "features/raid56": "1\n" }),
  };

  const commits = (...values: number[]) =>
    ["commits_total", "last_commit_seconds", "max_commit_seconds", "commit_seconds_total"].map(
      (name, i) => `node_btrfs_${name}{uuid="${UUID}"} ${values[i] ?? 0}`,
    );

  test("reports devices, space and its layout", async () => {
    const data = `block_group_type="data"`;
    const stats = under(folder, { commit_stats: "commits 3\nlast_commit_ms 20\n" });
    assert.deepEqual(await seriesOf(btrfs(), host({ files: { ...files, ...stats } })), [
      `node_btrfs_info{label="backup",uuid="${UUID}"} 1`,
      `node_btrfs_global_rsv_size_bytes{uuid="${UUID}"} 16777216`,
      ...commits(3, 0.02),
      `node_btrfs_reserved_bytes{${data},uuid="${UUID}"} 0`,
      `node_btrfs_used_bytes{${data},mode="raid5",uuid="${UUID}"} 5`,
      `node_btrfs_size_bytes{${data},mode="raid5",uuid="${UUID}"} 9`,
      `node_btrfs_allocation_ratio{${data},mode="raid5",uuid="${UUID}"} 1.5`,
      `node_btrfs_reserved_bytes{block_group_type="metadata",uuid="${UUID}"} 0`,
      `node_btrfs_reserved_bytes{block_group_type="system",uuid="${UUID}"} 0`,
      `node_btrfs_device_size_bytes{device="sda",uuid="${UUID}"} 2048`,
      `node_btrfs_device_size_bytes{device="sdb",uuid="${UUID}"} 4096`,
      `node_btrfs_device_size_bytes{device="sdc",uuid="${UUID}"} 1024`,
    ]);
  });

  test("takes the folder's name for a file system that does not tell its own, and 0 for what it does not count", async () => {
    const series = await seriesOf(btrfs(), host({ files: { [`${folder}/devices/gone/`]: "" } }));
    assert.equal(series[0], `node_btrfs_info{label="",uuid="${UUID}"} 1`);
    assert.deepEqual(series.slice(2, 6), commits());
    assert.equal(series.at(-1), `node_btrfs_device_size_bytes{device="gone",uuid="${UUID}"} 0`);
  });

  test("rejects a size that is cut off, and reports nothing of a host without Btrfs", async () => {
    await assert.rejects(
      seriesOf(btrfs(), host({ files: { ...files, [`${folder}/devices/sda/size`]: "" } })),
      SyntaxError,
    );
    assert.deepEqual(await seriesOf(btrfs(), host({ files: {} })), []);
  });
});

describe("parseCommitStats()", () => {
  test("reads counts and seconds, and skips lines that it does not know", () => {
    const stats = parseCommitStats("commits 3\nlast_commit_ms 20\nmax_commit_ms 1500\ntotal_commit_ms 9\nnew 1\n");
    assert.deepEqual(
      [...stats].map(([{ name }, value]) => [name.slice("node_btrfs_".length), value]),
      [
        ["commits_total", 3],
        ["last_commit_seconds", 0.02],
        ["max_commit_seconds", 1.5],
        ["commit_seconds_total", 0.009],
      ],
    );
  });
  for (const text of ["commits\n", "commits 1 2\n", "commits x\n", "\n"]) {
    test(`rejects ${JSON.stringify(text)}`, () => assert.throws(() => parseCommitStats(text), SyntaxError));
  }
});

describe("parseSize()", () => {
  for (const [text, want] of [
    ["0", 0],
    ["4194304", 4194304],
    ["1.5k", 1524],
    ["-2.0M", -2097152],
    ["1.10G", 2122317824],
    ["-0", 0],
    ["7.9", 7],
  ] as const) {
    test(`of ${text} is ${want}`, () => assert.equal(parseSize(text, "size"), want));
  }
  for (const text of ["", "k", "1.5.2k", "1q", "1 k"]) {
    test(`rejects "${text}"`, () => assert.throws(() => parseSize(text, "size"), /Cannot parse size: found/));
  }
});

describe("parseWritebackRate()", () => {
  test("reads the lines that it knows, whichever there are", () => {
    const text = "rate:\t\t4.0k/sec\ndirty:\t\t1\ntarget:\t\t2.0M\nintegral:\t-3\nnext io:\t5ms\nchange:";
    assert.deepEqual(parseWritebackRate(text, "x"), { rate: 4096, target: 2097152, integral: -3 });
    assert.deepEqual(parseWritebackRate("", "x"), {});
  });
});

describe("parsePriorityStats()", () => {
  test("reads percentages", () => {
    assert.deepEqual(parsePriorityStats("Unused:\t\t99%\nClean: 1%\nMetadata:\t0%\n", "x"), {
      Unused: 99,
      Metadata: 0,
    });
  });
  test("rejects one that is cut off", () => assert.throws(() => parsePriorityStats("Unused:\n", "x"), SyntaxError));
});

describe("bcache()", () => {
  const folder = `sys/fs/bcache/${UUID}`;
  const files = {
    ...under(folder, { average_key_size: "2\n", "internal/btree_read_average_duration_us": "1000000\n", register: "" }),
    ...under(folder, {
      "bdev0/dirty_data": "1.0k\n",
      "bdev0/writeback_rate_debug": "rate:\t512/sec\nproportional:\t-1\n",
    }),
    ...under(folder, { "bdev0/stats_total/cache_hits": "7\n", "bdev0/stats_total/cache_readaheads": "0\n" }),
    ...under(folder, { "cache0/io_errors": "1\n", "cache0/priority_stats": "Unused: 9%\n" }),
  };
  const seriesFor = (given: Record<string, unknown>, changes: Record<string, string> = {}) =>
    seriesOf(bcache(settingsOf(bcacheSettings, given)), host({ files: { ...files, ...changes } }));
  const bdev = `{backing_device="bdev0",uuid="${UUID}"}`;

  test("reports cache sets, backing devices and caches", async () => {
    assert.deepEqual(await seriesFor({}), [
      `node_bcache_average_key_size_sectors{uuid="${UUID}"} 2`,
      `node_bcache_btree_read_average_duration_seconds{uuid="${UUID}"} 0.001`,
      `node_bcache_dirty_data_bytes${bdev} 1024`,
      `node_bcache_writeback_rate${bdev} 512`,
      `node_bcache_writeback_rate_proportional_term${bdev} -1`,
      `node_bcache_cache_hits_total${bdev} 7`,
      `node_bcache_io_errors{cache_device="cache0",uuid="${UUID}"} 1`,
    ]);
  });

  test("adds readaheads where the kernel does any, and priorities on demand", async () => {
    const changes = { [`${folder}/bdev0/stats_total/cache_readaheads`]: "3\n" };
    const series = await seriesFor({ "collector.bcache.priorityStats": true }, changes);
    assert.ok(series.includes(`node_bcache_cache_readaheads_total${bdev} 3`));
    assert.ok(series.includes(`node_bcache_priority_stats_unused_percent{cache_device="cache0",uuid="${UUID}"} 9`));
  });

  test("fails without the rates of a backing device, and on a file that is cut off", async () => {
    const source = host({ files: { [`${folder}/bdev0/dirty_data`]: "1\n" } });
    await assert.rejects(seriesOf(bcache(settingsOf(bcacheSettings)), source), /writeback_rate_debug: ENOENT/);
    await assert.rejects(seriesFor({}, { [`${folder}/average_key_size`]: "" }), /average_key_size: found ""/);
  });

  test("reports nothing of a host without bcache", async () => {
    assert.deepEqual(await seriesOf(bcache(settingsOf(bcacheSettings)), host({ files: {} })), []);
  });
});

describe("parseHumanSize()", () => {
  for (const [text, want] of [
    ["720", 720],
    [" 2.05G\n", 2201170739],
    ["28.2k", 28876],
    ["10.8T", 11874725579980],
  ] as const) {
    test(`of ${JSON.stringify(text)} is ${want}`, () => assert.equal(parseHumanSize(text, "size"), want));
  }
  for (const text of ["", undefined, "G", "-1", "1.2.3"]) {
    test(`rejects "${text}"`, () => assert.throws(() => parseHumanSize(text, "size"), SyntaxError));
  }
});

describe("the texts of bcachefs", () => {
  test("tableRows() skips headings and rows that are cut off", () => {
    assert.deepEqual(tableRows("   nr  size\ninitial:  3  1k\ncut: 1\n"), [["initial", ["3", "1k"]]]);
    assert.deepEqual(tableRows(""), []);
  });

  test("parseCounter() takes what has been since the file system was made", () => {
    assert.equal(parseCounter("since mount:  5\nsince filesystem creation:   1.5k\n", "x"), 1536);
    assert.equal(parseCounter("since mount:  5\n", "x"), 0);
    assert.throws(() => parseCounter("5\n", "x"), SyntaxError);
  });

  test("parseIoDone() reads types under their operation", () => {
    const text = "sb : 9\nread:\nsb          :       86016\njournal:1\nwrite:\nsb: 2\n";
    assert.deepEqual(parseIoDone(text, "x"), [
      ["read", "sb", 86016],
      ["read", "journal", 1],
      ["write", "sb", 2],
    ]);
    assert.throws(() => parseIoDone("read:\nsb: x\n", "x"), SyntaxError);
  });

  test("parseIoErrors() reads the first block only", () => {
    const text =
      "IO errors since filesystem creation\n  read:    4\n  checksum:0\nIO errors since 8 y ago\n  read: 1\n";
    assert.deepEqual(parseIoErrors(text, "x"), [
      ["read", 4],
      ["checksum", 0],
    ]);
    assert.deepEqual(parseIoErrors("IO errors since 8 y ago\n  read: 1\n", "x"), []);
  });
});

describe("bcachefs()", () => {
  test("reports a file system and its devices", async () => {
    const folder = `sys/fs/bcachefs/${UUID}`;
    const files = {
      ...under(folder, { btree_cache_size: "1.0M\n", errors: "bset_bad_csum  2  1767112063\ncut\n" }),
      ...under(folder, { compression_stats: "type compressed uncompressed\nlz4  1k  2k  3\n" }),
      ...under(folder, { btree_write_stats: " nr size\ninitial: 3 4k\n", "counters/io-move": "since mount: 1\n" }),
      ...under(folder, {
        "dev-0/label": "ssd\n",
        "dev-0/state": "rw\n",
        "dev-0/bucket_size": "512k\n",
        "dev-0/nbuckets": "8\n",
      }),
      ...under(folder, {
        "dev-0/io_done": "read:\nsb:1\n",
        "dev-0/io_errors": "IO errors since filesystem creation\nread:1\n",
      }),
    };
    const device = `device="0"`;
    assert.deepEqual(await seriesOf(bcachefs(), host({ files })), [
      `node_bcachefs_info{uuid="${UUID}"} 1`,
      `node_bcachefs_btree_cache_size_bytes{uuid="${UUID}"} 1048576`,
      `node_bcachefs_compression_compressed_bytes{algorithm="lz4",uuid="${UUID}"} 1024`,
      `node_bcachefs_compression_uncompressed_bytes{algorithm="lz4",uuid="${UUID}"} 2048`,
      `node_bcachefs_errors_total{error_type="bset_bad_csum",uuid="${UUID}"} 2`,
      `node_bcachefs_btree_writes_total{type="initial",uuid="${UUID}"} 3`,
      `node_bcachefs_btree_write_average_size_bytes{type="initial",uuid="${UUID}"} 4096`,
      `node_bcachefs_io_move_total{uuid="${UUID}"} 0`,
      `node_bcachefs_device_info{${device},label="ssd",state="rw",uuid="${UUID}"} 1`,
      `node_bcachefs_device_bucket_size_bytes{${device},uuid="${UUID}"} 524288`,
      `node_bcachefs_device_buckets{${device},uuid="${UUID}"} 8`,
      `node_bcachefs_device_io_done_bytes_total{data_type="sb",${device},operation="read",uuid="${UUID}"} 1`,
      `node_bcachefs_device_io_errors_total{${device},type="read",uuid="${UUID}"} 1`,
    ]);
  });

  test("has no data without a file system", async () => {
    await assert.rejects(seriesOf(bcachefs(), host({ files: {} })), NoData);
    await assert.rejects(seriesOf(bcachefs(), host({ files: { "sys/fs/bcachefs/": "" } })), NoData);
  });
});

/** What precedes the statistics of a file. */
const KSTAT = "6 1 0x01 91 4368 5266997922 97951858082072\nname                            type data\n";

describe("forEachKstat()", () => {
  const read = (text: string) => {
    const found: [string, number][] = [];
    forEachKstat(text, { path: "arcstats", types: ["int64", "uint64"] }, (...statistic) => found.push(statistic));
    return found;
  };

  test("reads integers, and skips other types and lines that are cut off", () => {
    const text = `${KSTAT}hits                            4    8772612\nfree  3  -42\n\nname_of  7  tank\ncut 4\nlast 4 1`;
    assert.deepEqual(read(text), [
      ["hits", 8772612],
      ["free", -42],
      ["last", 1],
    ]);
  });
  for (const text of [
    "",
    "6 1 0x01\n",
    "hits 4 1\n",
    `${KSTAT}hits 4 -1\n`,
    `${KSTAT}hits 4 x\n`,
    `${KSTAT}hits 3 --1\n`,
  ]) {
    test(`rejects ${JSON.stringify(text)}`, () => assert.throws(() => read(text), SyntaxError));
  }
});

describe("parsePoolIo()", () => {
  const names = "nread nwritten reads writes wtime wlentime wupdate rtime rlentime rupdate wcnt rcnt";
  test("reads values below their names", () => {
    const io = parsePoolIo(`12 3 0x00\n${names}\n1 2 3 4 5 6 7 8 9 10 11 12\n`, "io");
    assert.deepEqual([io.length, io[0], io[11]], [12, ["nread", 1], ["rcnt", 12]]);
  });
  test("finds none without names", () => assert.deepEqual(parsePoolIo("nread\n1\n", "io"), []));
  test("rejects values that are cut off", () => assert.throws(() => parsePoolIo(`${names}\n1 2\n`, "io"), SyntaxError));
});

describe("zfs()", () => {
  const folder = "proc/spl/kstat/zfs";

  test("reports the host, its pools and their datasets", async () => {
    const files = {
      ...under(folder, { arcstats: `${KSTAT}hits 4 9\nmemory_available_bytes 3 -5\n`, dbgmsg: "x", fm: KSTAT }),
      ...under(`${folder}/tank`, { state: "DEGRADED\n", txgs: "1" }),
      ...under(`${folder}/tank`, { "objset-0x36": `${KSTAT}dataset_name 7 tank/my files\nwrites 4 3\nnread 3 1\n` }),
    };
    const series = await seriesOf(zfs(), host({ files }));
    assert.deepEqual(
      series.filter((line) => !line.includes("state")),
      [
        "node_zfs_arc_hits 9",
        "node_zfs_arc_memory_available_bytes -5",
        'node_zfs_zpool_dataset_writes{dataset="tank/my files",zpool="tank"} 3',
      ],
    );
    assert.deepEqual(
      series.filter((line) => line.endsWith("} 1")),
      ['node_zfs_zpool_state{state="degraded",zpool="tank"} 1'],
    );
    assert.equal(series.length, 3 + 7);
  });

  test("passes over a file that is for root alone", async () => {
    const source = host({ files: under(folder, { abdstats: `${KSTAT}linear_cnt 4 62\n`, arcstats: KSTAT }) });
    chmodSync(`${source.paths.procfs}/spl/kstat/zfs/arcstats`, 0);
    assert.deepEqual(await unprivileged(() => seriesOf(zfs(), source)), ["node_zfs_abd_linear_cnt 62"]);
  });

  test("leaves the kind of its families open, and says where they come from", async () => {
    const [sample] = await zfs().collect(host({ files: { [`${folder}/zil`]: `${KSTAT}zil-itx_count 4 1\n` } }));
    const { name, type, help } = sample!.metric;
    assert.deepEqual([name, type, help], ["node_zfs_zil_zil_itx_count", "unknown", "kstat.zfs.misc.zil.zil-itx_count"]);
  });

  test("rejects a file without statistics, and keeps those before it", async () => {
    const files = under(folder, { abdstats: `${KSTAT}linear_cnt 4 62\n`, arcstats: "" });
    const { name, message, series } = await failureOf(zfs(), host({ files }));
    assert.deepEqual([name, ...series], ["Interrupted", "node_zfs_abd_linear_cnt 62"]);
    assert.match(message, /arcstats: found no heading/);
  });

  test("has no data without ZFS", async () => {
    await assert.rejects(seriesOf(zfs(), host({ files: {} })), NoData);
  });
});
