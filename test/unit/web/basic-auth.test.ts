import assert from "node:assert/strict";
import { test } from "node:test";
import { compare, hashSync } from "bcryptjs";
import { Hono } from "hono";
import { basicAuth, rateLimit, webHeaders } from "../../../src/web/basic-auth.ts";
import { PasswordCheck, standIn } from "../../../src/web/password.ts";
import type { WebConfig } from "../../../src/web/web-config.ts";

const EMPTY: WebConfig = { tls: undefined, headers: {}, users: {}, rateLimit: undefined, files: [] };
const users = { alice: hashSync("pä:ss", 4).replace("$2b", "$2y"), bob: hashSync("other", 4) };
const basic = (text: string) => `Basic ${Buffer.from(text).toString("base64")}`;

test("basicAuth() lets through the right password of each user", async () => {
  const app = new Hono().use(basicAuth(() => ({ ...EMPTY, users }))).get("/", (c) => c.text("ok"));
  const statusOf = async (authorization?: string) => {
    const headers = new Headers(authorization === undefined ? {} : { Authorization: authorization });
    return (await app.request("/", { headers })).status;
  };
  const cases: readonly (readonly [string | undefined, number])[] = [
    [basic("alice:pä:ss"), 200],
    [basic("bob:other"), 200],
    [basic("alice:pä:ss").replace("Basic", "basic"), 200],
    [undefined, 401],
    ["", 401],
    [basic("alice:other"), 401],
    [basic("bob:pä:ss"), 401],
    [basic("mallory:pä:ss"), 401],
    [basic("alice:"), 401],
    [basic(":"), 401],
    [basic("alice"), 401],
    [basic("__proto__:x"), 401],
    [basic("constructor:x"), 401],
    ["Basic !!!", 401],
    ["Basic =", 401],
    ["Bearer x", 401],
    [basic(`alice:${"x".repeat(5000)}`), 401],
  ];
  for (const [authorization, status] of cases)
    assert.equal(await statusOf(authorization), status, authorization ?? "none");
});

test("basicAuth() asks nothing where there are no users", async () => {
  for (const config of [undefined, EMPTY]) {
    const app = new Hono().use(basicAuth(() => config)).get("/", (c) => c.text("ok"));
    assert.equal((await app.request("/")).status, 200);
  }
});

test("basicAuth() follows the users as they change", async () => {
  let config: WebConfig = { ...EMPTY, users };
  const app = new Hono().use(basicAuth(() => config)).get("/", (c) => c.text("ok"));
  const status = async () => (await app.request("/", { headers: { Authorization: basic("bob:other") } })).status;
  assert.equal(await status(), 200);
  config = { ...EMPTY, users: { bob: hashSync("changed", 4) } };
  assert.equal(await status(), 401);
});

test("PasswordCheck refuses to look at more than a few at once", async () => {
  const check = new PasswordCheck();
  const verdicts = await Promise.all(Array.from({ length: 40 }, (_, i) => check.verify("bob", `guess ${i}`, users)));
  assert.equal(verdicts.filter((verdict) => verdict === "wrong").length, 16);
  assert.equal(verdicts.filter((verdict) => verdict === "busy").length, 24);
  assert.equal(await check.verify("bob", "other", users), "right");
});

test("PasswordCheck hashes for a name that it does not know as for one that it knows", async () => {
  const check = new PasswordCheck();
  const verdicts = await Promise.all(
    Array.from({ length: 40 }, (_, i) => check.verify("mallory", `guess ${i}`, users)),
  );
  assert.equal(verdicts.filter((verdict) => verdict === "busy").length, 24);
  assert.equal(await check.verify("mallory", "pä:ss", users), "wrong");
});

test("PasswordCheck knows a right password while others guess", async () => {
  const check = new PasswordCheck();
  assert.equal(await check.verify("bob", "other", users), "right");
  for (let i = 0; i < 120; i++) assert.equal(await check.verify("bob", `guess ${i}`, users), "wrong");
  const guesses = Array.from({ length: 40 }, (_, i) => check.verify("bob", `more ${i}`, users));
  assert.equal(await check.verify("bob", "other", users), "right");
  await Promise.all(guesses);
});

test("standIn() has the cost of one user or another for names that are none's, and is nobody's hash", async () => {
  const costs = { alice: users.alice, bob: users.bob.replace("$2b$04", "$2b$12") };
  const found = new Set(Array.from({ length: 16 }, (_, i) => standIn(costs, `0000000${i.toString(16)}ff`)));
  assert.deepEqual([...found].map((hash) => hash.slice(0, 7)).sort(), ["$2b$12$", "$2y$04$"]);
  for (const hash of found) assert.equal(hash.length, 60);
  assert.equal(await compare("other", standIn(users, "00000001")), false);
});

test("webHeaders() sets headers on every answer", async () => {
  const app = new Hono().use(webHeaders(() => ({ ...EMPTY, headers: { "X-Frame-Options": "deny" } })));
  assert.equal((await app.request("/nowhere")).headers.get("x-frame-options"), "deny");
});

test("rateLimit() lets a burst through, then one an interval", async () => {
  let now = 0;
  const config = { ...EMPTY, rateLimit: { intervalSeconds: 2, burst: 3 } };
  const app = new Hono()
    .use(
      rateLimit(
        () => config,
        () => now,
      ),
    )
    .get("/", (c) => c.text("ok"));
  const statuses = async (count: number) => {
    const seen = [];
    for (let i = 0; i < count; i++) seen.push((await app.request("/")).status);
    return seen;
  };
  assert.deepEqual(await statuses(4), [200, 200, 200, 429]);
  now = 1.9;
  assert.deepEqual(await statuses(1), [429]);
  now = 4;
  assert.deepEqual(await statuses(3), [200, 200, 429]);
  now = 1000;
  assert.deepEqual(await statuses(4), [200, 200, 200, 429]);
});
