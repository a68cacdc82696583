import assert from "node:assert/strict";
import { test } from "node:test";
import { Hono } from "hono";
import type { Caller, CallingNode } from "../../../src/web/caller.ts";
import type { Denial } from "../../../src/web/denial.ts";
import { SCRAPE_CAPABILITY } from "../../../src/web/grants.ts";
import { Guard, type GuardedEnv } from "../../../src/web/guard.ts";
import { parseRule } from "../../../src/web/rules.ts";

const remote = { address: "100.64.0.2", port: 40_000 };
const beta: CallingNode = {
  kind: "node",
  id: "nBeta",
  name: "beta.lab.ts.net",
  user: "ann@example.com",
  tags: [],
  capabilities: {},
};

function fixture(caller: Caller, ...rules: string[]) {
  const denials: [Denial, boolean][] = [];
  const guard = new Guard({
    identity: { callerOf: async () => caller },
    rules: rules.map((rule) => parseRule(rule)!),
    suffix: () => "lab.ts.net",
    denied: (denial, first) => denials.push([denial, first]),
  });
  const app = new Hono<GuardedEnv>();
  app.use(guard.admit());
  app.get(
    "/metrics",
    guard.require("metrics", () => "tsmon"),
    (c) => c.text("metrics"),
  );
  app.get(
    "/proxy/:name",
    guard.require("metrics", (c) => c.req.param("name")!),
    (c) => c.text("proxied"),
  );
  app.get("/healthz", (c) => c.text("ok"));
  const get = async (path: string) => {
    const response = await app.fetch(new Request(`http://localhost${path}`), { remote });
    return [response.status, (await response.text()).trim()];
  };
  return { get, denials };
}

test("Guard lets through whom a rule admits", async () => {
  const { get, denials } = fixture(beta, "local", "tailnet");
  assert.deepEqual(await get("/metrics"), [200, "metrics"]);
  assert.deepEqual(await get("/nowhere"), [404, "404 Not Found"]);
  assert.deepEqual(denials, []);
});

for (const [caller, rules, want] of [
  [
    beta,
    ["local", "tag:prom"],
    "Access denied: node beta.lab.ts.net (ann@example.com) has none of local, tag:prom. Give it one of these, or start tsmon with --web.allow node:beta besides.",
  ],
  [
    { ...beta, user: undefined, tags: ["tag:web", "tag:db"] },
    ["cap"],
    `Access denied: node beta.lab.ts.net (tag:web, tag:db) has none of cap. Give it one of these, or start tsmon with --web.allow node:beta besides, or grant it the app capability ${SCRAPE_CAPABILITY}.`,
  ],
  [
    { kind: "local" },
    ["tailnet"],
    "Access denied: a program on this host is not welcome here. Start tsmon with --web.allow local besides its other rules.",
  ],
  [
    { kind: "stranger", address: "192.168.1.7" },
    ["local", "tailnet"],
    "Access denied: 192.168.1.7 is no node of this tailnet. Ask over the tailnet, from a node that tsmon admits.",
  ],
  [
    { kind: "forwarded" },
    ["local", "tailnet"],
    "Access denied: a request that was forwarded over loopback does not tell who sent it. Ask this node directly, over the tailnet.",
  ],
  [
    { kind: "misled", host: 'a"b.example' },
    ["local"],
    'Access denied: a request over loopback for the host "a\\"b.example" is not for this host. Ask for localhost or an IP address.',
  ],
  [
    { kind: "unidentified", address: "100.64.0.2", reason: "Cannot read LocalAPI whois" },
    ["local", "tailnet"],
    "Access denied: tailscaled cannot say who 100.64.0.2 is. Try again when it works; the log of tsmon has the reason.",
  ],
] as const satisfies readonly (readonly [Caller, string[], string])[]) {
  test(`Guard tells ${caller.kind} what is missing with ${rules.join(", ")}`, async () => {
    const { get } = fixture(caller, ...rules);
    for (const path of ["/metrics", "/healthz", "/nowhere"]) assert.deepEqual(await get(path), [403, want]);
  });
}

test("Guard refuses what no grant has, and lets through the rest", async () => {
  const grant = { exporters: ["postgres"], endpoints: ["metrics"] };
  const { get, denials } = fixture({ ...beta, capabilities: { [SCRAPE_CAPABILITY]: [grant] } }, "cap");
  assert.deepEqual(await get("/proxy/postgres"), [200, "proxied"]);
  assert.deepEqual(await get("/healthz"), [200, "ok"]);
  const [status, text] = await get("/proxy/node");
  assert.equal(status, 403);
  assert.equal(
    text,
    `Access denied: no grant of ${SCRAPE_CAPABILITY} has the endpoint "metrics" and the exporter "node" for node beta.lab.ts.net (ann@example.com). Name it in the tailnet's policy.`,
  );
  assert.equal((await get("/metrics"))[0], 403);
  assert.deepEqual(
    denials.map(([{ reason }, first]) => [reason, first]),
    [
      ["capability", true],
      ["capability", false],
    ],
  );
});

test("Guard asks nobody who calls where any may", async () => {
  const { get } = fixture({ kind: "stranger", address: "192.168.1.7" }, "tag:web", "any");
  assert.deepEqual(await get("/metrics"), [200, "metrics"]);
});

test("Guard tells of a caller and reason as new once, and of a thousand at most", async () => {
  const denials: boolean[] = [];
  let address = "";
  const guard = new Guard({
    identity: { callerOf: async () => ({ kind: "stranger", address }) },
    rules: [{ kind: "tailnet" }],
    suffix: () => undefined,
    denied: (_, first) => denials.push(first),
  });
  const app = new Hono<GuardedEnv>().use(guard.admit());
  for (let i = 0; i < 3000; i++) {
    address = i % 2 ? "192.0.2.1" : `10.0.${i >> 8}.${i & 255}`;
    await app.fetch(new Request("http://localhost/"), { remote });
  }
  assert.equal(denials.filter((first) => first).length, 1000);
});
