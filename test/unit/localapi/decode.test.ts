import assert from "node:assert/strict";
import { describe, test } from "node:test";
import * as z from "zod/mini";
import { decodeError, parseJson } from "../../../src/localapi/decode.ts";

describe("parseJson()", () => {
  for (const [name, text, want] of [
    ["keeps the digits of long ids", '{"UserID": 9007199254740993}', { UserID: "9007199254740993" }],
    ["keeps them without a space too", '{"ID":-9223372036854775808}', { ID: "-9223372036854775808" }],
    ["keeps them before a line break", '{\n\t"NodeID": 6611223344556677\n}', { NodeID: "6611223344556677" }],
    ["leaves short ids numbers", '{"UserID": 2147455555}', { UserID: 2147455555 }],
    ["leaves other long numbers numbers", '{"RxBytes": 1234567890123456}', { RxBytes: 1234567890123456 }],
    ["leaves long fractions alone", '{"ID": 1234567890123456.5}', { ID: 1234567890123456.5 }],
    [
      "leaves text that looks like an id alone",
      String.raw`{"a":"\"UserID\": 9007199254740993,"}`,
      { a: '"UserID": 9007199254740993,' },
    ],
    [
      "leaves text after an escaped backslash alone",
      String.raw`{"a":"\\\"ID\":9007199254740993}"}`,
      { a: '\\"ID":9007199254740993}' },
    ],
  ] as const) {
    test(name, () => assert.deepEqual(parseJson(text), want));
  }

  for (const [text, found] of [
    ["", "nothing"],
    [" \n", "nothing"],
    ["\n<html>", "an HTML page"],
    ['{"PrivateKey": secret}', "22 characters of something else"],
  ] as const) {
    test(`says of ${JSON.stringify(text)} that it is ${found}`, () => {
      assert.throws(() => parseJson(text), { name: "SyntaxError", message: `expected JSON, found ${found}` });
    });
  }
});

describe("decodeError()", () => {
  test("names the field of a schema's complaint and quotes no value", () => {
    const { error } = z.object({ a: z.array(z.int()) }).safeParse({ a: [1, "secret"] });
    const { failure, message } = decodeError("prefs", error);
    assert.equal(failure, "decode");
    assert.match(message, /^Cannot read LocalAPI prefs: a\.1: .*expected/);
    assert.doesNotMatch(message, /secret/);
  });

  for (const [name, schema, value, want] of [
    ["a part that is missing", z.object({ Self: z.nonoptional(z.unknown()) }), {}, "Self: is missing"],
    ["a word that is none of some", z.object({ a: z.enum(["x", "y"]) }), { a: "z" }, "a: expected x or y"],
    ["neither of two forms", z.object({ a: z.union([z.int(), z.string()]) }), { a: [] }, "a: not of the form expected"],
    ["no object at all", z.object({}), 7, "the answer: expected object"],
  ] as const) {
    test(`says of ${name} what it should be`, () => {
      const { message } = decodeError("prefs", schema.safeParse(value).error);
      assert.equal(message, `Cannot read LocalAPI prefs: ${want}`);
    });
  }

  test("lets a mistake of ours pass", () => {
    assert.throws(() => decodeError("prefs", new TypeError("x is undefined")), TypeError);
  });
});
