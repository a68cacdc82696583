import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { LineSplitter } from "../../../src/localapi/lines.ts";

const encode = (text: string) => new TextEncoder().encode(text);

describe("LineSplitter", () => {
  test("finds the same lines however the bytes are cut", () => {
    const bytes = encode("erste\n\nzwölf €\n0123456789\nlast\nrest");
    for (let size = 1; size <= bytes.length; size++) {
      const splitter = new LineSplitter(9);
      const lines = [];
      for (let at = 0; at < bytes.length; at += size) lines.push(...splitter.push(bytes.subarray(at, at + size)));
      assert.deepEqual(lines, ["erste", "", undefined, undefined, "last"], `in pieces of ${size}`);
    }
  });

  test("takes a line of just the limit", () => {
    assert.deepEqual(new LineSplitter(3).push(encode("abc\nabcd\n")), ["abc", undefined]);
  });
});
