import assert from "node:assert/strict";
import { test } from "node:test";
import { retryAfterSeconds, statusError } from "../../../src/control/errors.ts";

const NOW_MS = Date.parse("2026-11-21T12:00:00Z");

for (const [header, want] of [
  ["30", 30],
  [" 0 ", 0],
  ["Sat, 21 Nov 2026 12:01:00 GMT", 60],
  ["Sat, 21 Nov 2026 11:00:00 GMT", undefined],
  ["86400", 3600],
  ["-5", undefined],
  ["soon", undefined],
  ["", undefined],
  [null, undefined],
] as const) {
  test(`retryAfterSeconds() of ${JSON.stringify(header)} is ${want}`, () =>
    assert.equal(retryAfterSeconds(header, NOW_MS), want));
}

for (const [status, want] of [
  [401, "unauthorized"],
  [403, "forbidden"],
  [404, "not_found"],
  [405, "not_found"],
  [429, "rate_limited"],
  [500, "server"],
  [501, "not_found"],
  [503, "server"],
  [302, "status"],
  [204, "status"],
] as const) {
  test(`statusError() of ${status} is ${want}`, () => assert.equal(statusError("/x", status, null).failure, want));
}
