import assert from "node:assert/strict";
import { test } from "node:test";
import { accessOf, mayRead } from "../../../src/web/access.ts";
import type { Caller, CallingNode } from "../../../src/web/caller.ts";
import { SCRAPE_CAPABILITY } from "../../../src/web/grants.ts";
import { parseRule } from "../../../src/web/rules.ts";

const SUFFIX = "lab.ts.net";
const beta: CallingNode = {
  kind: "node",
  id: "nBeta1CNTRL",
  name: "beta.lab.ts.net",
  user: "ann@example.com",
  tags: [],
  capabilities: {},
};
const tagged: CallingNode = { ...beta, user: undefined, tags: ["tag:web", "tag:prod"] };
const shared: CallingNode = { ...beta, id: "nShared", name: "beta.other.ts.net", user: "eve@example.org" };
const granted = (parameters: readonly unknown[] | null): CallingNode => ({
  ...beta,
  capabilities: { [SCRAPE_CAPABILITY]: parameters },
});
const callers: Readonly<Record<string, Caller>> = {
  local: { kind: "local" },
  loopback: { kind: "loopback" },
  forwarded: { kind: "forwarded" },
  misled: { kind: "misled", host: "evil.example" },
  stranger: { kind: "stranger", address: "192.168.1.7" },
  unidentified: { kind: "unidentified", address: "100.64.0.9", reason: "hangs" },
  beta,
  tagged,
  shared,
};

/** Who is admitted to everything by which rules. */
for (const [rules, want] of [
  [["local"], ["local"]],
  [["tailnet"], ["beta", "tagged", "shared"]],
  [
    ["local", "tailnet"],
    ["local", "loopback", "beta", "tagged", "shared"],
  ],
  [["any"], Object.keys(callers)],
  [["cap"], []],
  [["tag:web"], ["tagged"]],
  [["tag:web", "tag:db"], ["tagged"]],
  [["tag:db"], []],
  [["ann@example.com"], ["beta"]],
  [["eve@example.org"], ["shared"]],
  [["node:beta"], ["beta", "tagged"]],
  [["node:beta.lab.ts.net"], ["beta", "tagged"]],
  [["node:beta.other.ts.net"], ["shared"]],
  [["node:nbeta1cntrl"], ["beta", "tagged"]],
  [["node:bet"], []],
  [
    ["local", "tag:web"],
    ["local", "tagged"],
  ],
] as const) {
  test(`accessOf() with ${rules.join(", ")} gives everything to ${want.join(", ") || "nobody"}`, () => {
    const parsed = rules.map((text) => parseRule(text)!);
    const admitted = Object.keys(callers).filter(
      (name) => accessOf(callers[name]!, parsed, SUFFIX).to === "everything",
    );
    assert.deepEqual(admitted, want);
  });
}

test("accessOf() takes no short name while the tailnet's domain is not known", () => {
  const node = [parseRule("node:beta")!];
  assert.equal(accessOf(beta, node, undefined).to, "nothing");
});

const cap = [parseRule("cap")!];
for (const [parameters, reads] of [
  [null, ["metrics tsmon", "metrics postgres", "sd", "metrics"]],
  [[], ["metrics tsmon", "metrics postgres", "sd", "metrics"]],
  [[{}], ["metrics tsmon", "metrics postgres", "sd", "metrics"]],
  [[{ since: 1 }], ["metrics tsmon", "metrics postgres", "sd", "metrics"]],
  [[{ exporters: ["postgres"] }], ["metrics postgres", "sd", "metrics"]],
  [[{ exporters: ["postgres"], endpoints: ["metrics"] }], ["metrics postgres", "metrics"]],
  [[{ endpoints: ["sd"] }], ["sd"]],
  [
    [{ exporters: ["postgres"], endpoints: ["metrics"] }, { endpoints: ["sd"] }],
    ["metrics postgres", "sd", "metrics"],
  ],
  [
    [
      { exporters: ["postgres"], endpoints: ["metrics"] },
      { exporters: ["tsmon"], endpoints: ["metrics"] },
    ],
    ["metrics tsmon", "metrics postgres", "metrics"],
  ],
  [[{ exporters: [] }], ["sd", "metrics"]],
  [[{ exporters: "postgres" }, { exporters: null }, { endpoints: [7] }, "all", null, 7, [{}]], []],
] as const) {
  test(`accessOf() with cap and the grants ${JSON.stringify(parameters)} gives ${reads.join(", ") || "nothing"}`, () => {
    const access = accessOf(granted(parameters), cap, SUFFIX);
    const wanted = [["metrics", "tsmon"], ["metrics", "postgres"], ["sd"], ["metrics"]] as const;
    const read = wanted.filter(([endpoint, exporter]) => mayRead(access, endpoint, exporter));
    assert.deepEqual(
      read.map((names) => names.join(" ")),
      reads,
    );
  });
}

test("accessOf() takes no capability for one without the rule cap, and none by the name of what every object has", () => {
  assert.equal(accessOf(granted(null), [parseRule("tag:web")!], SUFFIX).to, "nothing");
  assert.equal(accessOf(beta, cap, SUFFIX).to, "nothing");
});
