import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { NoData } from "../../../../../src/exporter/collector.ts";
import { mdadm } from "../../../../../src/exporter/collectors/host/mdadm.ts";
import { parseMdstat } from "../../../../../src/exporter/collectors/host/mdstat.ts";
import { failureOf, seriesOf } from "./fixture-source.ts";
import { hostTrees, under } from "./host-tree.ts";

const host = hostTrees();

const HEADING = "Personalities : [raid1] [raid6] [raid5] [raid4] [raid0]\n";
const UNUSED = "unused devices: <none>\n";

describe("parseMdstat()", () => {
  for (const [name, text, want] of [
    [
      "reads an array at rest",
      "md0 : active raid1 sda1[0] sdb1[1]\n      1048 blocks super 1.2 [2/2] [UU]\n      \n",
      ["md0", "active", { required: 2, active: 2, failed: 0, spare: 0 }, 1048, 1048],
    ],
    [
      "counts failed and spare disks",
      "md1 : active raid5 sda1[0] sdb1[1](F) sdc1[2] sdd1[3](S)\n      2096 blocks level 5, 64k chunk [3/2] [U_U]\n      \n",
      ["md1", "active", { required: 3, active: 2, failed: 1, spare: 1 }, 2096, 2096],
    ],
    [
      "reads how far a recovery is",
      "md2 : active raid1 sda1[2] sdb1[1]\n      100 blocks [2/1] [_U]\n      [=>....]  recovery = 8.5% (17/100) finish=1.0min speed=5K/sec\n",
      ["md2", "recovering", { required: 2, active: 1, failed: 0, spare: 0 }, 100, 17],
    ],
    [
      "looks for it behind a bitmap",
      "md3 : active raid1 sda1[0] sdb1[1]\n      100 blocks [2/2] [UU]\n      bitmap: 1/1 pages [4KB], 65536KB chunk\n      [=>....]  check = 8.5% (33/100) finish=1.0min speed=5K/sec\n",
      ["md3", "checking", { required: 2, active: 2, failed: 0, spare: 0 }, 100, 33],
    ],
    [
      "has nothing in sync while a resync waits",
      "md4 : active (auto-read-only) raid1 sda1[0] sdb1[1]\n      100 blocks [2/2] [UU]\n      \tresync=PENDING\n",
      ["md4", "resyncing", { required: 2, active: 2, failed: 0, spare: 0 }, 100, 0],
    ],
    [
      "counts the disks of a level without redundancy",
      "md5 : active raid0 sda1[0] sdb1[1]\n      100 blocks super 1.2 512k chunks\n      \n",
      ["md5", "active", { required: 2, active: 2, failed: 0, spare: 0 }, 100, 100],
    ],
    [
      "knows no disks of an array that is not active",
      "md6 : inactive sda1[0](S)\n      100 blocks\n       \n",
      ["md6", "inactive", { required: 0, active: 0, failed: 0, spare: 1 }, 100, 100],
    ],
    [
      "reads a reshape",
      "md7 : active raid5 sda1[0] sdb1[1]\n      100 blocks [2/2] [UU]\n      [>....]  reshape =  0.1% (1/100) finish=1.0min speed=5K/sec\n",
      ["md7", "reshaping", { required: 2, active: 2, failed: 0, spare: 0 }, 100, 1],
    ],
  ] as const) {
    test(name, () => {
      const [array, ...others] = parseMdstat(HEADING + text + UNUSED);
      assert.deepEqual(others, []);
      assert.deepEqual(Object.values(array!), want);
    });
  }

  for (const text of ["", HEADING + UNUSED, "Personalities : \nunused devices: <none>\n"]) {
    test(`finds none in ${JSON.stringify(text)}`, () => assert.deepEqual(parseMdstat(text), []));
  }

  for (const text of [
    "md0 : active raid1 sda1[0]\n",
    "md0 : active raid1 sda1[0]\n      x blocks [2/2] [UU]\n",
    "md0 : active raid1 sda1[0]\n      100 blocks\n",
    "md0\n      100 blocks [2/2] [UU]\n",
    "md0 : active raid1 sda1[0]\n      100 blocks [2/1] [_U]\n      recovery = 8.5%\n",
  ]) {
    test(`rejects ${JSON.stringify(text)}`, () => assert.throws(() => parseMdstat(text), /Cannot parse mdstat: found/));
  }
});

describe("mdadm()", () => {
  const mdstat = `${HEADING}md0 : active raid1 sda1[0]\n      8 blocks [2/1] [U_]\n      \n${UNUSED}`;

  test("reports what mdstat and sysfs say of an array", async () => {
    const sysfs = under("sys/block/md0/md", { level: "raid1\n", raid_disks: "2\n", degraded: "1\n" });
    const source = host({ files: { "proc/mdstat": mdstat, "sys/block/sda/size": "9\n", ...sysfs } });
    assert.deepEqual(await seriesOf(mdadm(), source), [
      'node_md_disks_required{device="md0"} 2',
      'node_md_disks{device="md0",state="active"} 1',
      'node_md_disks{device="md0",state="failed"} 0',
      'node_md_disks{device="md0",state="spare"} 0',
      'node_md_state{device="md0",state="active"} 1',
      'node_md_state{device="md0",state="inactive"} 0',
      'node_md_state{device="md0",state="recovering"} 0',
      'node_md_state{device="md0",state="resync"} 0',
      'node_md_state{device="md0",state="check"} 0',
      'node_md_blocks{device="md0"} 8',
      'node_md_blocks_synced{device="md0"} 8',
      'node_md_raid_disks{device="md0"} 2',
      'node_md_degraded{device="md0"} 1',
    ]);
  });

  for (const [name, files, want] of [
    ["takes what an array will have while it grows", { level: "raid5", raid_disks: "4 (3)", degraded: "0" }, [4, 0]],
    ["knows no disks of a container", { level: "container", raid_disks: "0" }, [0]],
    ["has none degraded in a level without redundancy", { level: "raid0", raid_disks: "2" }, [2, 0]],
    ["leaves out what sysfs lacks", { level: "raid1" }, []],
    ["takes nothing of a device without a level", { raid_disks: "2" }, []],
  ] as const) {
    test(name, async () => {
      const source = host({ files: { "proc/mdstat": "", ...under("sys/block/md1/md", files) } });
      const series = await seriesOf(mdadm(), source);
      assert.deepEqual(
        series.map((line) => Number(line.split(" ")[1])),
        want,
      );
    });
  }

  test("keeps what mdstat says where sysfs cannot be read", async () => {
    const files = { "proc/mdstat": mdstat, ...under("sys/block/md0/md", { level: "raid1\n", degraded: "x\n" }) };
    const { name, series } = await failureOf(mdadm(), host({ files }));
    assert.deepEqual([name, series.length], ["Interrupted", 11]);
  });

  test("has no data without mdstat", async () => {
    await assert.rejects(seriesOf(mdadm(), host({ files: {} })), NoData);
  });
});
