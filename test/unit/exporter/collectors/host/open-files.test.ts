import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readlinkSync, renameSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { describe, test } from "node:test";
import { FileReader } from "../../../../../src/exporter/collectors/host/open-files.ts";

const LIMITS = { openFiles: 2, fileBytes: 128 * 1024 };
const folder = mkdtempSync(join(tmpdir(), "tsmon-files-"));
const isLinux = process.platform === "linux";

function descriptorsOf(path: string): number {
  return readdirSync("/proc/self/fd").filter((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`) === path;
    } catch {
      return false; // the one that lists the folder
    }
  }).length;
}

describe("FileReader.read()", { skip: !isLinux }, () => {
  test("keeps a kernel file open, and each read asks the kernel anew", () => {
    const reader = new FileReader(LIMITS);
    const comm = "/proc/self/comm";
    const before = reader.read(comm);
    try {
      writeFileSync(comm, "renamed");
      assert.equal(reader.read(comm), "renamed\n");
    } finally {
      writeFileSync(comm, before.trim());
    }
    assert.ok(reader.has(comm));
    assert.equal(reader.openFiles, 1);
  });

  test("reads a file of procfs that the kernel gives in pieces", () => {
    const reader = new FileReader({ ...LIMITS, fileBytes: 16 * 1024 * 1024 });
    for (let i = 0; i < 2; i++) assert.match(reader.read("/proc/self/smaps"), /VmFlags:[^\n]*\n$/);
  });

  test("opens other files each time, and so sees one that was replaced", () => {
    const reader = new FileReader(LIMITS);
    const path = join(folder, "replaced");
    for (const text of ["first", "second, longer", ""]) {
      writeFileSync(`${path}.new`, text);
      renameSync(`${path}.new`, path);
      assert.equal(reader.read(path), text);
    }
    assert.equal(reader.openFiles, 0);
    assert.equal(descriptorsOf(path), 0);
  });

  test("closes the file of a process that has ended, and throws what opening it anew gives", async () => {
    const reader = new FileReader(LIMITS);
    const child = spawn("sleep", ["60"]);
    const path = `/proc/${child.pid}/status`;
    assert.match(reader.read(path), /^Name:/);
    assert.equal(reader.openFiles, 1);
    child.kill("SIGKILL");
    await once(child, "exit");
    assert.throws(() => reader.read(path), { code: "ENOENT" });
    assert.equal(reader.openFiles, 0);
  });

  test("keeps a file open that the kernel refuses to answer now", () => {
    const reader = new FileReader(LIMITS);
    for (let i = 0; i < 2; i++) assert.throws(() => reader.read("/sys/class/net/lo/speed"), { code: "EINVAL" });
    assert.equal(reader.openFiles, 1);
  });

  test("does not keep the states of processes and threads open", () => {
    const reader = new FileReader(LIMITS);
    for (const path of ["stat", `task/${process.pid}/stat`]) reader.read(`/proc/${process.pid}/${path}`);
    assert.equal(reader.openFiles, 0);
  });

  test("when it is full, keeps a new file open only in place of one that was not read for long", () => {
    let nowMs = 0;
    const reader = new FileReader(LIMITS, () => nowMs);
    const [first, second, third] = ["/proc/devices", "/proc/filesystems", "/proc/version"] as const;
    for (const path of [first, second, third, third]) reader.read(path);
    assert.deepEqual(
      [first, second, third].map((path) => reader.has(path)),
      [true, true, false],
    );
    nowMs = 10 * 60_000;
    reader.read(second);
    reader.read(third);
    assert.deepEqual(
      [first, second, third].map((path) => reader.has(path)),
      [false, true, true],
    );
    assert.equal(descriptorsOf(first), 0);
  });

  test("throws EFBIG for a file beyond the limit, after which others can be read", () => {
    const reader = new FileReader(LIMITS);
    const path = join(folder, "large");
    writeFileSync(path, "x".repeat(LIMITS.fileBytes + 1));
    assert.throws(() => reader.read(path), { code: "EFBIG" });
    writeFileSync(path, "x".repeat(100_000));
    assert.equal(reader.read(path).length, 100_000);
    assert.equal(descriptorsOf(path), 0);
  });

  for (const [path, code] of [
    ["/proc/no-such-file", "ENOENT"],
    [folder, "EISDIR"],
  ] as const) {
    test(`throws ${code} for ${code === "EISDIR" ? "a folder" : path}`, () => {
      const reader = new FileReader(LIMITS);
      assert.throws(() => reader.read(path), { code });
      assert.equal(descriptorsOf(path), 0);
    });
  }
});
