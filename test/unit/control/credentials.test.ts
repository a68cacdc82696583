import assert from "node:assert/strict";
import { test } from "node:test";
import { Secret } from "../../../src/config/secret.ts";
import { ControlClient } from "../../../src/control/client.ts";
import { OAuthCredentials, tokenCredentials } from "../../../src/control/credentials.ts";
import { ControlError } from "../../../src/control/errors.ts";

const SIGNAL = AbortSignal.timeout(60_000);
const json = (value: unknown, status = 200) => new Response(JSON.stringify(value), { status });

test("OAuthCredentials asks once for a token, however many want it at once", async () => {
  let asked = 0;
  const credentials = new OAuthCredentials({
    baseUrl: "https://api.example.com",
    timeoutSeconds: 5,
    clientId: "id",
    clientSecret: () => new Secret("secret"),
    ask: async () => {
      asked++;
      return json({ access_token: "token", expires_in: 3600 });
    },
  });
  const headers = await Promise.all([1, 2, 3].map(() => credentials.authorization(SIGNAL)));
  assert.deepEqual([headers, asked], [["Bearer token", "Bearer token", "Bearer token"], 1]);
});

for (const [name, answer, failure] of [
  ["a refusal", () => json({ message: "bad secret-text" }, 401), "unauthorized"],
  ["an answer without a token", () => json({}), "decode"],
  ["a token that no header can hold", () => json({ access_token: "a\nb" }), "decode"],
  ["a token that is longer than any", () => json({ access_token: "a".repeat(8193) }), "decode"],
  ["a page", () => new Response("<html>secret-text"), "decode"],
] as const) {
  test(`OAuthCredentials tells of ${name} as ${failure}, and shows no secret`, async () => {
    const options = {
      baseUrl: "https://api.example.com",
      timeoutSeconds: 5,
      clientId: "id",
      clientSecret: () => new Secret("secret-text"),
    };
    const credentials = new OAuthCredentials({ ...options, ask: async () => answer() });
    await assert.rejects(
      credentials.authorization(SIGNAL),
      (error) => error instanceof ControlError && error.failure === failure && !error.message.includes("secret-text"),
    );
  });
}

test("tokenCredentials() tells of a file that cannot be read, and of a key that no header can hold", async () => {
  const broken = tokenCredentials(() => {
    throw new Error("ENOENT: no such file");
  });
  await assert.rejects(broken.authorization(SIGNAL), /Cannot read the API key: ENOENT/);
  await assert.rejects(tokenCredentials(() => new Secret("a\u0000b")).authorization(SIGNAL), { failure: "credential" });
});

for (const [name, text] of [
  ["empty", " \n"],
  ["too long", "a".repeat(8193)],
  ["another header", "a\r\nHost: b"],
] as const) {
  test(`tokenCredentials() refuses a key that is ${name}`, async () => {
    await assert.rejects(tokenCredentials(async () => new Secret(text)).authorization(SIGNAL), {
      message: "Cannot read the API key: it is empty, too long or has odd characters",
    });
  });
}

test("ControlClient names the host that cannot be reached", async () => {
  const client = new ControlClient({
    baseUrl: "https://api.example.com/api/v2",
    timeoutSeconds: 5,
    credentials: tokenCredentials(() => new Secret("key")),
    ask: () => Promise.reject(Object.assign(new Error("no"), { code: "ECONNREFUSED" })),
  });
  await assert.rejects(client.get("/x", "/x", SIGNAL), { message: "Cannot read /x: api.example.com: ECONNREFUSED" });
});

test("ControlClient has four questions under way at most, and counts each by its answer", async () => {
  let [atWork, most] = [0, 0];
  const codes: string[] = [];
  const client = new ControlClient({
    baseUrl: "https://api.example.com",
    timeoutSeconds: 5,
    credentials: tokenCredentials(() => new Secret("key")),
    observe: ({ endpoint, code }) => codes.push(`${endpoint} ${code}`),
    ask: async () => {
      most = Math.max(most, ++atWork);
      await new Promise((resolve) => setImmediate(resolve));
      atWork--;
      return json({});
    },
  });
  await Promise.all(Array.from({ length: 20 }, (_, index) => client.get("/x", `/x?${index}`, SIGNAL)));
  assert.deepEqual([most, codes.length, new Set(codes)], [4, 20, new Set(["/x 200"])]);
});

test("OAuthCredentials asks for one new token, though two requests were refused with the old one", async () => {
  let asked = 0;
  const options = {
    baseUrl: "https://api.example.com",
    timeoutSeconds: 5,
    clientId: "id",
    clientSecret: () => new Secret("secret"),
  };
  const credentials = new OAuthCredentials({
    ...options,
    ask: async () => json({ access_token: `token-${++asked}`, expires_in: 3600 }),
  });
  const late = Promise.withResolvers<void>();
  const client = new ControlClient({
    ...options,
    credentials,
    ask: async (url, init) => {
      const isOld = new Headers(init.headers).get("Authorization") === "Bearer token-1";
      if (isOld && url.endsWith("/late")) await late.promise;
      return isOld ? json({}, 401) : json({ path: url });
    },
  });
  const second = client.get("/late", "/late", SIGNAL);
  await client.get("/early", "/early", SIGNAL);
  late.resolve();
  await second;
  assert.equal(asked, 2);
});
