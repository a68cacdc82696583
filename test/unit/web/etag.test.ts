import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { hasTag, weakTag } from "../../../src/web/etag.ts";

test("weakTag() quotes a version", () => assert.equal(weakTag("abc-1"), 'W/"abc-1"'));

describe("hasTag()", () => {
  for (const [header, has] of [
    [undefined, false],
    ["", false],
    ['"abc"', true],
    ['W/"abc"', true],
    ['"x", W/"abc" ,"y"', true],
    ["*", true],
    ['"abcd"', false],
    ["abc", false],
  ] as const) {
    test(`says ${has} of ${JSON.stringify(header)}`, () => assert.equal(hasTag(header, weakTag("abc")), has));
  }
});
