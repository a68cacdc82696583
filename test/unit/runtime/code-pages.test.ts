import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import process from "node:process";
import { describe, test } from "node:test";
import { unchangedFiles, unmapCode } from "../../../src/runtime/code-pages.ts";

describe("unchangedFiles()", () => {
  const smaps = readFileSync(new URL("../../fixtures/smaps-of-tsmon.txt", import.meta.url), "utf8");

  test("finds constants and code of the program and of the C library, and nothing that can be written", () => {
    assert.deepEqual(unchangedFiles(smaps), [
      { address: 0x200000, length: 0x1839000 },
      { address: 0x1a40000, length: 0x4e0a000 },
      { address: 0x7efc9d515000, length: 0x156000 },
    ]);
  });

  test("leaves out what was written before it became read-only, in memory or swapped out", () => {
    for (const name of ["Anonymous", "Swap"]) {
      const written = smaps.replaceAll(new RegExp(`^${name}: +0 kB$`, "gm"), `${name}:  4 kB`);
      assert.notEqual(written, smaps);
      assert.deepEqual(unchangedFiles(written), []);
    }
  });

  test("finds nothing where a kernel does not say what was written", () => {
    assert.deepEqual(unchangedFiles(smaps.replaceAll(/^Anonymous: .*\n/gm, "")), []);
  });
});

test("unmapCode() gives back memory that files back", { skip: process.platform !== "linux" }, () => {
  const before = fileKilobytes();
  unmapCode();
  const after = fileKilobytes();
  assert.ok(after < before * 0.8, `${before} kB before, ${after} kB after`);
});

/** Resident memory of this process that files back, proc_pid_status(5). */
function fileKilobytes(): number {
  return Number(/^RssFile:\s+(\d+) kB$/m.exec(readFileSync("/proc/self/status", "utf8"))![1]);
}
