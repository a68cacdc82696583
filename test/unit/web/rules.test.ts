import assert from "node:assert/strict";
import { test } from "node:test";
import { formatRule, parseRule } from "../../../src/web/rules.ts";

for (const [text, want] of [
  ["local", { kind: "local" }],
  ["tailnet", { kind: "tailnet" }],
  ["cap", { kind: "cap" }],
  ["any", { kind: "any" }],
  ["tag:web", { kind: "tag", value: "tag:web" }],
  ["tag:Web-2", { kind: "tag", value: "tag:web-2" }],
  ["Ann@example.com", { kind: "user", value: "ann@example.com" }],
  ["ann@github", { kind: "user", value: "ann@github" }],
  ["ann@", { kind: "user", value: "ann@" }],
  ["node:beta", { kind: "node", value: "beta" }],
  ["node:Beta.lab.ts.net", { kind: "node", value: "beta.lab.ts.net" }],
  ["node:nBeta1CNTRL", { kind: "node", value: "nbeta1cntrl" }],
] as const) {
  test(`parseRule(${JSON.stringify(text)}) and formatRule() agree`, () => {
    const rule = parseRule(text);
    assert.deepEqual(rule, want);
    assert.equal(formatRule(rule!), text.toLowerCase());
  });
}

for (const text of [
  "",
  "Local",
  "all",
  "*",
  "tag:",
  "tag:1a",
  "tag:a b",
  "tag:a,tag:b",
  "node:",
  "node:-a",
  "node:a/b",
  "@example.com",
  "a@b@c",
  "user:ann",
  "ann@ex ample",
  "100.64.0.1",
  "any ",
]) {
  test(`parseRule(${JSON.stringify(text)}) refuses`, () => assert.equal(parseRule(text), undefined));
}
