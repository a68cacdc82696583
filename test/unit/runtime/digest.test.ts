import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { digest } from "../../../src/runtime/digest.ts";

for (const algorithm of ["md5", "sha256"] as const) {
  for (const data of ["", "tür", new Uint8Array([0, 255]), new Uint8Array(100_000)]) {
    test(`digest("${algorithm}") of ${data.length} ${typeof data === "string" ? "characters" : "bytes"} is node:crypto's`, () => {
      assert.equal(digest(algorithm, data).toString("hex"), createHash(algorithm).update(data).digest("hex"));
    });
  }
}
