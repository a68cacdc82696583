import assert from "node:assert/strict";
import { test } from "node:test";
import { parseJson } from "../../../src/control/parse-json.ts";
import { random } from "../../random.ts";

const LONG = "x".repeat(1000);
const objects = Array.from({ length: 400 }, (_, id) => ({ id, name: `host-${id}`, LONG }));

for (const [name, value, space] of [
  ["a long list of objects", { devices: objects }, 0],
  ["one that is laid out", { devices: objects }, 2],
  ["one with members after it", { nodes: objects, next: 5, more: [{ a: 1 }, { a: 2 }] }, 0],
  ["one that is not the first member", { total: 1, devices: objects }, 0],
  ["objects with lists of objects", { devices: objects.map((o) => ({ ...o, in: [{ a: 1 }, { b: [{}, {}] }] })) }, 0],
  ["texts that look like its end", { devices: objects.map((o) => ({ ...o, t: '"},{"a":1},{]} \\' })) }, 0],
  ["one object that is longer than a piece", { devices: [{ in: objects }] }, 0],
  ["a list of other things", { devices: objects.map(({ id }) => `${id}${LONG}`) }, 0],
  ["a list itself", objects, 0],
  ["a short list", { devices: [{ a: 1 }] }, 0],
  ["an empty list", { devices: [] }, 0],
  ["null", null, 0],
] as const) {
  test(`parseJson() reads ${name} as JSON.parse() does`, async () => {
    const text = JSON.stringify(value, null, space);
    assert.deepEqual(await parseJson(text), JSON.parse(text));
  });
}

test("parseJson() refuses what JSON.parse() refuses, wherever it is cut or changed", async () => {
  const text = JSON.stringify({ devices: objects });
  const next = random(1);
  for (let i = 0; i < 60; i++) {
    const at = Math.floor(next() * text.length);
    await assert.rejects(parseJson(text.slice(0, at)), SyntaxError, `cut at ${at}`);
    const changed = `${text.slice(0, at)}${'{}[],":\\x'[i % 9]}${text.slice(at + 1)}`;
    const want = attempt(() => JSON.parse(changed));
    if (want === undefined) await assert.rejects(parseJson(changed), SyntaxError, `changed at ${at}`);
    else assert.deepEqual(await parseJson(changed), want);
  }
});

test("parseJson() lets other work have its turn", async () => {
  let turns = 0;
  const timer = setInterval(() => turns++, 0);
  await parseJson(JSON.stringify({ devices: Array.from({ length: 40 }, () => objects).flat() }));
  clearInterval(timer);
  assert.ok(turns > 1, `${turns} turns`);
});

function attempt(work: () => unknown): unknown {
  try {
    return work();
  } catch {
    return undefined;
  }
}
