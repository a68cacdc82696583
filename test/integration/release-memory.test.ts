import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import process from "node:process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

// Deno has nothing to give back.
if (typeof process.versions.bun === "string" && process.platform === "linux") {
  test("serve() gives the memory of code back after an answer", () => {
    const subject = fileURLToPath(new URL("release-memory-subject.ts", import.meta.url));
    const { before, after } = JSON.parse(execFileSync(process.execPath, [subject], { encoding: "utf8" }));
    assert.ok(after < before / 2, `${before} kB before, ${after} kB after`);
  });
}
