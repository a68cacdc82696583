import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { parseNotify } from "../../../src/localapi/notify.ts";

const captured = readFileSync(new URL("../../fixtures/localapi/1.102.3/watch-ipn-bus.jsonl", import.meta.url), "utf8");

describe("parseNotify()", () => {
  test("reads every message that was captured", () => {
    const messages = captured.trim().split("\n").map(parseNotify);
    assert.ok(messages.length > 5);
    assert.equal(messages[0]?.State, "Running");
    assert.deepEqual(messages[0]?.Health, { Warnings: null });
    assert.ok(messages.some(({ State }) => State === "Stopped"));
    assert.ok(messages.some(({ SelfChange }) => SelfChange));
    const warning = messages.flatMap(({ Health }) => Object.values(Health?.Warnings ?? {}))[0];
    assert.deepEqual(warning, {
      WarnableCode: "control-health.lab-test",
      Severity: "medium",
      Title: "Lab test",
      Text: "This message is a test of the lab.",
    });
  });

  for (const [name, line, want] of [
    ["an empty message", "{}", { SelfChange: false, skipped: false, isEmpty: true }],
    [
      "a message about traffic",
      '{"Version":"1","State":null,"Engine":{"RBytes":1}}',
      { Version: "1", SelfChange: false, skipped: false, isEmpty: true },
    ],
    [
      "a message about peers",
      '{"Version":"1","PeersChanged":[{"ID":1}]}',
      { Version: "1", SelfChange: false, skipped: false, isEmpty: false },
    ],
    ["state 0", '{"State":0}', { State: "NoState", SelfChange: false, skipped: false, isEmpty: false }],
    ["a state of the future", '{"State":7}', { State: "State7", SelfChange: false, skipped: false, isEmpty: false }],
    [
      "no state and unknown fields",
      '{"State":null,"New":{"a":1}}',
      { SelfChange: false, skipped: false, isEmpty: false },
    ],
    [
      "health that has not changed",
      '{"Health":null}',
      { Health: null, SelfChange: false, skipped: false, isEmpty: true },
    ],
  ] as const) {
    test(`reads ${name}`, () => {
      const { State, ...rest } = parseNotify(line);
      assert.deepEqual(State === undefined ? rest : { State, ...rest }, want);
    });
  }

  for (const line of ['{"State":"Running"}', "[]", "", '{"Health":{"Warnings":{"a":{}}}}']) {
    test(`rejects ${JSON.stringify(line)}`, () => assert.throws(() => parseNotify(line)));
  }
});
