import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ByteWriter } from "../../../src/exporter/byte-writer.ts";

describe("ByteWriter", () => {
  for (const count of [0, 1, 511, 512, 513, 1024, 1500]) {
    test(`writes ${count} lines, each with its line feed`, () => {
      const lines = Array.from({ length: count }, (_, i) => `line ${i} Grüße 😀`);
      const output = new ByteWriter(16);
      for (const line of lines) output.writeLine(line);
      const expected = lines.map((line) => `${line}\n`).join("");
      assert.equal(new TextDecoder().decode(output.bytes), expected);
      assert.equal(new TextDecoder().decode(output.bytes), expected, "asked for once more");
    });
  }

  test("goes on after its bytes were asked for", () => {
    const output = new ByteWriter(16);
    output.writeLine("a");
    assert.equal(new TextDecoder().decode(output.bytes), "a\n");
    output.writeLine("b");
    assert.equal(new TextDecoder().decode(output.bytes), "a\nb\n");
  });
});
