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
  ["99999999999", 3600],
  ["-5", undefined],
  ["soon", undefined],
  ["", undefined],
  [null, undefined],
] as const) {
  test(`retryAfterSeconds() of ${JSON.stringify(header)} is ${want}`, () =>
    assert.equal(retryAfterSeconds(header, NOW_MS), want));
}

for (const [endpoint, status, want] of [
  ["/x", 401, "status 401 (is the key or the OAuth client still valid?)"],
  ["/x", 403, "status 403 (the credential lacks the scope for it)"],
  ["/tailnet/{tailnet}/devices", 403, "status 403 (the credential lacks the scope devices:core:read)"],
  [
    "/x",
    404,
    "status 404 (the control plane does not have it, or not for this tailnet: are the URL and the tailnet's name right?)",
  ],
  ["/x", 429, "status 429 (too many requests)"],
  ["/x", 500, "status 500"],
] as const) {
  test(`statusError() of ${status} at ${endpoint} says what to do`, () =>
    assert.equal(statusError(endpoint, status, null).message, `Cannot read ${endpoint}: ${want}`));
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
