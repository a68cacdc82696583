import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Cursor } from "../../../../../src/exporter/collectors/host/cursor.ts";

/** A cursor in the first line of a text. */
function cursorIn(text: string): Cursor {
  const cursor = new Cursor(text, "net/x");
  cursor.nextLine();
  return cursor;
}

describe("Cursor.nextLine()", () => {
  for (const [text, want] of [
    ["", []],
    ["\n", [""]],
    ["a", ["a"]],
    ["a\n", ["a"]],
    ["a\n\nb", ["a", "", "b"]],
  ] as const) {
    test(`finds ${JSON.stringify(want)} in ${JSON.stringify(text)}`, () => {
      const cursor = new Cursor(text, "net/x");
      const lines: string[] = [];
      while (cursor.nextLine()) lines.push(cursor.line);
      assert.deepEqual(lines, want);
    });
  }
});

describe("Cursor.field()", () => {
  test("reads the fields of its line only", () => {
    const cursor = cursorIn("  one\t two \nthree");
    assert.deepEqual([cursor.field(), cursor.field(), cursor.field(), cursor.hasField()], ["one", "two", "", false]);
    cursor.nextLine();
    assert.equal(cursor.field(), "three");
  });

  test("goes on after what skip() went past", () => {
    const cursor = cursorIn("1 2 3");
    cursor.skip(2);
    assert.equal(cursor.field(), "3");
    cursor.skip(1);
    assert.equal(cursor.hasField(), false);
  });
});

describe("Cursor.before()", () => {
  test("reads up to a mark in its line, and rest() what is left", () => {
    const cursor = cursorIn(" LOC:1 2  x \n:");
    assert.equal(cursor.before(":"), " LOC");
    assert.equal(cursor.before(":"), undefined);
    assert.equal(cursor.rest(), "1 2  x");
  });
});

describe("Cursor.unsigned()", () => {
  for (const [text, want] of [
    ["0", 0],
    ["000000000000000012", 12],
    ["123456789012345 x", 123456789012345],
    ["18446744073709551615", 2 ** 64],
    ["2164115433906158532", Number("2164115433906158532")],
  ] as const) {
    test(`reads ${text}`, () => assert.equal(cursorIn(text).unsigned(), want));
  }
  for (const text of ["", " ", "-1", "1x", "0x1", "1.5", "+1"]) {
    test(`rejects ${JSON.stringify(text)}`, () => assert.throws(() => cursorIn(text).unsigned(), SyntaxError));
  }
});

describe("Cursor.integer()", () => {
  for (const [text, want] of [
    ["-1", -1],
    ["-0", 0],
    ["7", 7],
  ] as const) {
    test(`reads ${text}`, () => assert.equal(cursorIn(text).integer(), want));
  }
  for (const text of ["", "-", "- 1", "--1", "x"]) {
    test(`rejects ${JSON.stringify(text)}`, () => assert.throws(() => cursorIn(text).integer(), SyntaxError));
  }
});

describe("Cursor.hex()", () => {
  for (const [text, want] of [
    ["0000001f", 31],
    ["FFFFFFFF", 4294967295],
    ["ffffffffffffffff", 2 ** 64],
  ] as const) {
    test(`reads ${text}`, () => assert.equal(cursorIn(text).hex(), want));
  }

  test("reads up to a mark and goes past it", () => {
    const cursor = cursorIn(" 0A:1F z");
    assert.deepEqual([cursor.hex(":"), cursor.hex(), cursor.field()], [10, 31, "z"]);
  });

  for (const text of ["", "0x1", "g", "-1", "1 2:3", ":1"]) {
    test(`rejects ${JSON.stringify(text)} before a colon`, () =>
      assert.throws(() => cursorIn(text).hex(":"), SyntaxError));
  }
});

describe("Cursor.error()", () => {
  test("says the file and quotes no more than the start of a long line", () => {
    const { message } = cursorIn(`${"x".repeat(1000)}\ny`).error();
    assert.equal(message, `Cannot parse net/x: found "${"x".repeat(100)}"`);
  });
});
