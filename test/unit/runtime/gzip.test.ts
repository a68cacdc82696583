import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { test } from "node:test";
import { gunzipSync } from "node:zlib";
import { gzipPieces } from "../../../src/runtime/gzip.ts";

for (const [name, count, length] of [
  ["no pieces", 0, 0],
  ["a few bytes", 3, 5],
  ["megabytes", 100, 40_000],
] as const) {
  test(`gzipPieces() makes one file of ${name}`, async () => {
    const pieces = Array.from({ length: count }, (_, index) => Buffer.alloc(length, `${index} é\n`));
    const file = await gzipPieces(pieces);
    assert.ok(gunzipSync(file).equals(Buffer.concat(pieces)));
    assert.equal(file[3], 0, "no extra fields, so that another text can be put before it");
  });
}
