import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { after, describe, test } from "node:test";
import { errnoMessage } from "../../../../../src/exporter/collectors/host/errno.ts";
import { filesystem, filesystemSettings } from "../../../../../src/exporter/collectors/host/filesystem.ts";
import { parseMountInfo, unescapeOctal } from "../../../../../src/exporter/collectors/host/mountinfo.ts";
import { type MountFilters, mountsToReport } from "../../../../../src/exporter/collectors/host/mounts.ts";
import { COUNTS, fixtureSource, seriesOf, settingsOf, systemError } from "./fixture-source.ts";

const folder = mkdtempSync(`${tmpdir()}/tsmon-mounts-`);
after(() => rmSync(folder, { recursive: true, force: true }));

describe("parseMountInfo()", () => {
  const line = (options: string, optional: string, superOptions: string) =>
    `21 1 8:1 / / ${options}${optional} - ext4 /dev/root ${superOptions}\n`;
  for (const [name, text, want] of [
    ["reads a mount", line("rw", " shared:1", "rw"), false],
    ["reads several optional fields", line("rw", " shared:1 master:2 unbindable", "rw"), false],
    ["reads a mount without optional fields", line("rw", "", "rw"), false],
    ["sees that a mount is read-only", line("ro,relatime", "", "rw"), true],
    ["sees that a file system is read-only", line("rw", "", "ro,errors=continue"), true],
    ["sees an emergency", line("rw", "", "rw,emergency_ro"), true],
    ["does not take errors=remount-ro for read-only", line("rw", "", "rw,errors=remount-ro"), false],
  ] as const) {
    test(name, () => {
      const mount = { id: "21", parentId: "1", major: "8", minor: "1", mountPoint: "/", fsType: "ext4" };
      const superOptions = text.slice(text.lastIndexOf(" ") + 1).trim();
      assert.deepEqual(parseMountInfo(text), [{ ...mount, source: "/dev/root", superOptions, isReadOnly: want }]);
    });
  }

  test("finds none in an empty file", () => assert.deepEqual(parseMountInfo(""), []));

  for (const [name, text] of [
    ["a line that is cut off", "21 1 8:1 / / rw - ext4\n"],
    ["a line without separator", "21 1 8:1 / / rw shared:1 x ext4 /dev/root rw\n"],
    ["a device without minor number", "21 1 8 / / rw shared:1 - ext4 /dev/root rw\n"],
    ["an id that is no number", "x 1 8:1 / / rw shared:1 - ext4 /dev/root rw\n"],
    ["an empty line", "\n"],
  ] as const) {
    test(`rejects ${name}`, () => assert.throws(() => parseMountInfo(text), /Cannot parse mountinfo: found/));
  }
});

describe("unescapeOctal()", () => {
  test("reads the escapes of the kernel", () => assert.equal(unescapeOctal("a\\040b\\134c\\011\\012d"), "a b\\c\t\nd"));
  test("leaves what is no escape", () => assert.equal(unescapeOctal("a\\x20\\9"), "a\\x20\\9"));
});

describe("mountsToReport()", () => {
  const everything: MountFilters = { isReportedMountPoint: () => true, isReportedType: () => true };
  const mountsOf = (text: string, rootfs = "/", filters = everything) =>
    mountsToReport(parseMountInfo(text), rootfs, filters);

  for (const [name, text, want] of [
    ["a local file system", "1 0 8:1 / / rw - ext4 /dev/sda1 rw", [false]],
    ["a network file system", "1 0 8:1 / / rw - ext4 a rw\n2 1 0:9 / /n rw - nfs4 b rw", [false, true]],
    ["FUSE", "1 0 0:9 / /n rw - fuse.sshfs b rw", [true]],
    ["a type that it does not know", "1 0 0:9 / /n rw - newfs b rw", [true]],
    [
      "a local file system that is reached through a network file system",
      "1 0 8:1 / / rw - ext4 a rw\n2 1 0:9 / /n rw - nfs4 b rw\n3 2 0:10 / /n/t rw - tmpfs c rw",
      [false, true, true],
    ],
    ["mounts whose parents go in a circle", "1 2 8:1 / /a rw - ext4 a rw\n2 1 8:1 / /b rw - ext4 a rw", [false, false]],
  ] as const) {
    test(`knows whether ${name} may hang`, () => {
      assert.deepEqual(
        mountsOf(text).map(({ mayHang }) => mayHang),
        want,
      );
    });
  }

  test("sees through a filter that leaves out the way to a mount", () => {
    const text = "2 1 0:9 / /n rw - nfs4 b rw\n3 2 0:10 / /n/t rw - tmpfs c rw";
    const filters = { ...everything, isReportedType: (type: string) => type !== "nfs4" };
    assert.deepEqual(
      mountsOf(text, "/", filters).map(({ mayHang }) => mayHang),
      [true],
    );
  });

  test("takes the root file system's path off the mount points, and puts it before the paths", () => {
    const text = "1 0 8:1 / /host rw - ext4 a rw\n2 1 8:2 / /host/boot rw - ext4 b rw\n3 1 8:3 / /other rw - ext4 c rw";
    const pairs = (rootfs: string) => mountsOf(text, rootfs).map(({ path, labels }) => [labels.mountpoint, path]);
    const want = [
      ["/", "/host/"],
      ["/boot", "/host/boot"],
      ["/other", "/host/other"],
    ];
    assert.deepEqual(pairs("/host"), want);
    assert.deepEqual(pairs("/host/"), want);
  });

  test("shows blanks in labels as they are, and asks by the true path", () => {
    const [mount] = mountsOf("1 0 8:1 / /a\\040b\\134c rw - ext4 /dev/x\\040y rw");
    assert.deepEqual(mount?.labels, { device: "/dev/x\\040y", mountpoint: "/a b\\134c", fstype: "ext4" });
    assert.equal(mount?.path, "/a b\\c");
  });

  test("reports the mount on top of those that look alike, with the devices of all", () => {
    const [mount, ...rest] = mountsOf(
      "1 0 0:1 / /l rw - tmpfs t rw\n2 1 0:2 / /l ro - tmpfs t rw\n3 2 0:2 / /l ro - tmpfs t rw",
    );
    assert.deepEqual(rest, []);
    assert.equal(mount?.isReadOnly, true);
    assert.deepEqual(mount?.devices, [
      { major: "0", minor: "1" },
      { major: "0", minor: "2" },
    ]);
  });
});

describe("filesystem()", () => {
  const collector = (given: Record<string, unknown> = {}) => filesystem(settingsOf(filesystemSettings, given));

  function sourceWith(mountinfo: string, parts: Parameters<typeof fixtureSource>[0] = {}) {
    mkdirSync(`${folder}/1`, { recursive: true });
    writeFileSync(`${folder}/1/mountinfo`, mountinfo);
    return fixtureSource({ ...parts, paths: { procfs: folder, rootfs: "/" } });
  }

  test("reports an error by the C library's words, with neither size nor mount information", async () => {
    const statfs = () => {
      throw systemError("ESTALE");
    };
    const source = sourceWith("1 0 8:1 / / ro - ext4 /dev/sda1 rw\n", { statfs });
    const labels = '{device="/dev/sda1",device_error="stale NFS file handle",fstype="ext4",mountpoint="/"}';
    assert.deepEqual(await seriesOf(collector(), source), [
      `node_filesystem_device_error${labels} 1`,
      `node_filesystem_readonly${labels} 1`,
    ]);
  });

  test("starts no worker where no mount may hang", () => {
    const startStatfsWorker = () => assert.fail("started a worker");
    const samples = collector().collect(sourceWith("1 0 8:1 / / rw - ext4 /dev/sda1 rw\n", { startStatfsWorker }));
    assert.ok(Array.isArray(samples) && samples.length > 0);
  });

  test("asks a mount that may hang on a worker, and never on its own thread", async () => {
    const asked: string[] = [];
    const statfs = async (path: string) => {
      asked.push(path);
      return { ...COUNTS, blocks: 7 };
    };
    const worker = { statfs, stop: () => {} };
    const source = sourceWith("1 0 0:9 / /nas rw - nfs4 nas:/x rw\n", {
      statfs: () => assert.fail("asked on its own thread"),
      startStatfsWorker: () => worker,
    });
    const series = await seriesOf(collector(), source);
    assert.deepEqual(asked, ["/nas"]);
    const labels = '{device="nas:/x",device_error="",fstype="nfs4",mountpoint="/nas"}';
    assert.ok(series.includes(`node_filesystem_size_bytes${labels} ${7 * 4096}`));
  });

  test("ends idle workers when the mounts that need them are gone", async () => {
    let stopped = 0;
    const worker = { statfs: async () => COUNTS, stop: () => stopped++ };
    const parts = { startStatfsWorker: () => worker };
    const it = collector();
    await it.collect(sourceWith("1 0 0:9 / /nas rw - nfs4 nas:/x rw\n", parts));
    assert.equal(stopped, 0);
    await it.collect(sourceWith("1 0 8:1 / / rw - ext4 /dev/sda1 rw\n", parts));
    assert.equal(stopped, 1);
  });

  test("sees mounts that came after its first scrape", async () => {
    const it = collector();
    const mountPoints = async (text: string) =>
      (await it.collect(sourceWith(text))).filter(({ metric }) => metric.name.endsWith("mount_info")).length;
    const first = "1 0 8:1 / / rw - ext4 /dev/sda1 rw\n";
    assert.equal(await mountPoints(first), 1);
    assert.equal(await mountPoints(`${first}2 1 8:2 / /b rw - ext4 /dev/sda2 rw\n`), 2);
  });

  test("reads its own mounts where those of process 1 are hidden", async () => {
    mkdirSync(`${folder}/hidden/self`, { recursive: true });
    writeFileSync(`${folder}/hidden/self/mountinfo`, "1 0 8:1 / / rw - ext4 /dev/sda1 rw\n");
    const series = await seriesOf(collector(), fixtureSource({ paths: { procfs: `${folder}/hidden` } }));
    assert.ok(series.some((line) => line.startsWith("node_filesystem_size_bytes")));
  });

  test("leaves out by mount point and type, or reports only those", async () => {
    const mountPoints = async (given: Record<string, unknown>) => {
      const series = await seriesOf(collector(given), fixtureSource());
      return series.flatMap((line) => /mount_info.*mountpoint="(.*)"/.exec(line)?.[1] ?? []);
    };
    assert.ok(!(await mountPoints({})).includes("/dev"));
    assert.deepEqual(await mountPoints({ "collector.filesystem.mount-points-include": "^/boot" }), ["/boot/firmware"]);
    assert.deepEqual(
      await mountPoints({
        "collector.filesystem.fs-types-include": "^proc$",
        "collector.filesystem.mount-points-exclude": "",
      }),
      ["/proc"],
    );
  });
});

describe("errnoMessage()", () => {
  test("words an error as errno(3) does", () => {
    assert.equal(errnoMessage(systemError("ENOTCONN")), "transport endpoint is not connected");
  });
  test("gives the code of an unusual error", () => assert.equal(errnoMessage(systemError("EUNUSUAL")), "EUNUSUAL"));
  test("gives the message of an error without code", () => assert.equal(errnoMessage(new Error("broken")), "broken"));
});
