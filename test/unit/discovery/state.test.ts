import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Device } from "../../../src/discovery/device.ts";
import { lastingContent, parseState, partOf, type State, stateText } from "../../../src/discovery/state.ts";
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

  test("keeps whose devices are in it, which is worth a write", () => {
    const identities = { local: "a" };
    assert.deepEqual(parseState(stateText({ ...STATE, identities })).identities, identities);
    assert.notEqual(lastingContent({ ...STATE, identities }), lastingContent(STATE));
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

describe("partOf()", () => {
  const sources = { local: [deviceOf(1)], api: [deviceOf(2)] };
  const agents = new Map(["n1", "n2"].map((id) => [id, { exporters: [] }]));
  const state: State = { ...STATE, sources, agents, identities: { local: "a", api: "b" } };
  for (const [name, identities, lists, ids] of [
    ["all of the same sources", { local: "a", api: "b" }, ["local", "api"], ["n1", "n2"]],
    ["no list and no agents of another", { local: "a", api: "other" }, ["local"], ["n1"]],
    ["the list of a source that is not asked now", { local: "a" }, ["local", "api"], ["n1", "n2"]],
  ] as const) {
    test(`has ${name}`, () => {
      const part = partOf(state, identities);
      assert.deepEqual([Object.keys(part.sources), [...part.agents.keys()]], [lists, ids]);
    });
  }

  test("has all of a file that does not say whose devices are in it", () => {
    assert.deepEqual(partOf({ ...state, identities: undefined }, { local: "x" }).sources, sources);
  });
});
