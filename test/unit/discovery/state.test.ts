import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { parseState, stateContent, stateText } from "../../../src/discovery/state.ts";
import { deviceOf } from "./device.ts";

const AGENTS = new Map([["n1", { version: "1", exporters: [{ name: "x", path: "/m", labels: { a: "b" } }] }]]);
const CONTENT = stateContent({ sources: { local: [deviceOf(1)] }, isUserspace: false, agents: AGENTS });

describe("state of discover", () => {
  test("is read as it was written, but for who is online", () => {
    const { online: _, ...device } = deviceOf(1);
    assert.deepEqual(parseState(stateText(CONTENT, 12.3)), {
      tsmon_discover_state: 1,
      savedSeconds: 12,
      sources: { local: [device] },
      isUserspace: false,
      agents: AGENTS,
    });
  });

  test("has the same content whoever is online", () => {
    const offline = { sources: { local: [deviceOf(1, { online: false })] }, isUserspace: false, agents: AGENTS };
    assert.equal(stateContent(offline), CONTENT);
  });

  for (const [name, text] of [
    ["nothing", ""],
    ["half of it", stateText(CONTENT, 1).slice(0, 100)],
    ["null", "null"],
    ["a list", "[]"],
    ["another program's", '{"version":1}'],
    ["another version", stateText(CONTENT, 1).replace(":1,", ":2,")],
    [
      "an exporter that is none",
      stateText(CONTENT, 1).replace('"exporters":[', '"exporters":{"a":[').replace("]}}}", "]}}}}"),
    ],
    ["a device without an id", stateText(CONTENT, 1).replace('"id":"n1",', "")],
  ] as const) {
    test(`refuses ${name}`, () =>
      assert.throws(() => parseState(text), { name: "SyntaxError", message: /^(?:it is|the answer)/ }));
  }
});
