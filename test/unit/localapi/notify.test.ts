import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { parseNotify } from "../../../src/localapi/notify.ts";

const captured = readFileSync(new URL("../../fixtures/localapi/1.102.3/watch-ipn-bus.jsonl", import.meta.url), "utf8");

describe("parseNotify()", () => {
  test("reads every message that was captured", () => {
    const messages = captured.trim().split("\n").map(parseNotify);
    assert.ok(messages.length > 5);
    assert.deepEqual(messages[0], { Health: { Warnings: null }, isEmpty: false });
    const warnings = messages.flatMap(({ Health }) => Object.entries(Health?.Warnings ?? {}));
    assert.deepEqual(warnings[0], ["control-health.lab-test", { Severity: "medium" }]);
  });

  for (const [name, line, want] of [
    ["an empty message", "{}", { isEmpty: true }],
    ["a message about traffic", '{"Version":"1","State":null,"Engine":{"RBytes":1}}', { isEmpty: true }],
    ["a message about peers", '{"Version":"1","PeersChanged":[{"ID":1}]}', { isEmpty: false }],
    ["a change of state", '{"State":0}', { isEmpty: false }],
    ["unknown fields", '{"State":null,"New":{"a":1}}', { isEmpty: false }],
    ["health that has not changed", '{"Health":null}', { Health: null, isEmpty: true }],
  ] as const) {
    test(`reads ${name}`, () => assert.deepEqual(parseNotify(line), want));
  }

  for (const line of ['{"Health":"well"}', "[]", "", '{"Health":{"Warnings":{"a":{}}}}']) {
    test(`rejects ${JSON.stringify(line)}`, () => assert.throws(() => parseNotify(line)));
  }
});
