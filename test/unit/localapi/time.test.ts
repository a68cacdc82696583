import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { timestampSeconds } from "../../../src/localapi/time.ts";

describe("timestampSeconds()", () => {
  for (const [text, want] of [
    ["2026-11-21T09:25:44Z", 1795253144],
    ["2026-11-21T09:25:48.136887116Z", 1795253148.136],
    ["2026-11-21T10:25:48.5+01:00", 1795253148.5],
    ["1970-01-01T00:00:01Z", 1],
    ["0001-01-01T00:00:00Z", undefined],
    ["1969-12-31T23:59:59Z", undefined],
    ["1970-01-01T00:00:00Z", undefined],
    ["", undefined],
    ["soon", undefined],
    [null, undefined],
    [undefined, undefined],
  ] as const) {
    test(`returns ${want} for ${text}`, () => assert.equal(timestampSeconds(text), want));
  }
});
