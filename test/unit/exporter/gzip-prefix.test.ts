import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { test } from "node:test";
import { gunzipSync, gzipSync } from "node:zlib";
import { gzipWithPrefix } from "../../../src/exporter/gzip-prefix.ts";
import { gzip } from "../../../src/runtime/gzip.ts";

for (const [prefixBytes, fileBytes] of [
  [0, 10],
  [1, 0],
  [20_000, 300_000],
  [65_535, 1],
  [65_536, 7],
  [200_001, 1_000_003],
] as const) {
  test(`gzipWithPrefix() makes one file of ${prefixBytes} bytes and ${fileBytes}`, async () => {
    const prefix = Buffer.from("a prefix, é\n".repeat(prefixBytes)).subarray(0, prefixBytes);
    const rest = Buffer.from(Array.from({ length: fileBytes }, (_, index) => (index * index) & 0xff));
    for (const file of [gzipSync(rest), await gzip(new Uint8Array(rest))]) {
      const whole = gunzipSync(gzipWithPrefix(prefix, file)); // which checks length and checksum
      assert.ok(whole.equals(Buffer.concat([prefix, rest])));
    }
  });
}

test("gzipWithPrefix() refuses a file with a name in its header", () => {
  const file = gzipSync("text");
  file[3] = 8;
  assert.throws(() => gzipWithPrefix(new Uint8Array(), file), RangeError);
});
