import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Device } from "../../../src/discovery/device.ts";
import { lastingContent, parseState, type State, stateText } from "../../../src/discovery/state.ts";
import { deviceOf } from "./device.ts";

const AGENTS = new Map([["n1", { version: "1", exporters: [{ name: "x", path: "/m", labels: { a: "b" } }] }]]);
const STATE: State = { savedSeconds: 12.3, sources: { local: [deviceOf(1)] }, isUserspace: false, agents: AGENTS };
const TEXT = stateText(STATE);

describe("state of discover", () => {
  test("is read as it was written", () => {
    assert.deepEqual(parseState(TEXT), { tsmon_discover_state: 1, ...STATE, savedSeconds: 12 });
  });

  test("is worth a write for another device, and not for who is online or for its date", () => {
    const changed = (...devices: Device[]) =>
      lastingContent({ ...STATE, savedSeconds: 99, sources: { local: devices } });
    assert.equal(changed(deviceOf(1, { online: false })), lastingContent(STATE));
    assert.notEqual(changed(deviceOf(1), deviceOf(2)), lastingContent(STATE));
  });

  for (const [name, text] of [
    ["nothing", ""],
    ["half of it", TEXT.slice(0, 100)],
    ["null", "null"],
    ["a list", "[]"],
    ["another program's", '{"version":1}'],
    ["another version", TEXT.replace(":1,", ":2,")],
    ["an exporter that is none", TEXT.replace('"exporters":[', '"exporters":{"a":[').replace("]}}}", "]}}}}")],
    ["a device without an id", TEXT.replace('"id":"n1",', "")],
  ] as const) {
    test(`refuses ${name}`, () =>
      assert.throws(() => parseState(text), { name: "SyntaxError", message: /^(?:it is|the answer)/ }));
  }
});
