import assert from "node:assert/strict";
import { test } from "node:test";
import { type CallerSource, Identity, type WhoisAnswer } from "../../../src/web/identity.ts";
import { random } from "../../random.ts";

const BETA: WhoisAnswer = {
  Node: { StableID: "nBeta", Name: "beta.lab.ts.net.", Tags: null },
  UserProfile: { LoginName: "ann@example.com" },
  CapMap: null,
};
const beta = {
  kind: "node",
  id: "nBeta",
  name: "beta.lab.ts.net",
  user: "ann@example.com",
  tags: [],
  capabilities: {},
};

/** A source that knows these addresses, and what was asked of it. */
function fixture(known: Record<string, WhoisAnswer>, options: Partial<CallerSource> = {}) {
  const asked: string[] = [];
  const clock = { seconds: 1000 };
  const identity = new Identity({
    whois: async (address) => {
      asked.push(address);
      return known[address];
    },
    forwardsToLoopback: () => false,
    tellsLoopbackApart: true,
    trustsServe: false,
    now: () => clock.seconds,
    pause: async (seconds) => {
      clock.seconds += seconds;
    },
    ...options,
  });
  const callerOf = (address: string, port = 40_000, headers: Record<string, string> = {}) =>
    identity.callerOf({ address, port }, new Headers({ host: "localhost:5253", ...headers }));
  return { callerOf, asked, clock };
}

test("Identity asks whois for an address that is not loopback", async () => {
  const { callerOf, asked } = fixture({ "100.64.0.2": BETA });
  assert.deepEqual(await callerOf("100.64.0.2"), beta);
  assert.deepEqual(await callerOf("192.168.1.7"), { kind: "stranger", address: "192.168.1.7" });
  assert.deepEqual(asked, ["100.64.0.2", "192.168.1.7"]);
});

test("Identity takes a node with tags for nobody's", async () => {
  const tagged = { ...BETA, Node: { ...BETA.Node, Tags: ["tag:web"] }, UserProfile: { LoginName: "tagged-devices" } };
  const { callerOf } = fixture({ "100.64.0.2": tagged });
  assert.deepEqual(await callerOf("100.64.0.2"), { ...beta, user: undefined, tags: ["tag:web"] });
});

test("Identity asks once in five seconds for an address, and hears then of a change", async () => {
  const known: Record<string, WhoisAnswer> = { "100.64.0.2": BETA };
  const { callerOf, asked, clock } = fixture(known);
  for (let i = 0; i < 5; i++) assert.equal((await callerOf("100.64.0.2", 40_000 + i)).kind, "node");
  clock.seconds += 4.9;
  delete known["100.64.0.2"];
  assert.equal((await callerOf("100.64.0.2")).kind, "node");
  assert.equal(asked.length, 1);
  clock.seconds += 0.2;
  assert.equal((await callerOf("100.64.0.2")).kind, "stranger");
});

test("Identity asks once for callers that come at the same time", async () => {
  const { callerOf, asked } = fixture({ "100.64.0.2": BETA });
  const callers = await Promise.all(Array.from({ length: 1000 }, () => callerOf("100.64.0.2")));
  assert.ok(callers.every(({ kind }) => kind === "node"));
  assert.equal(asked.length, 1);
});

test("Identity asks for at most 32 of 1,000 callers at once, and knows them all", async () => {
  let now = 0;
  let most = 0;
  const { callerOf } = fixture(
    {},
    {
      whois: async () => {
        most = Math.max(most, ++now);
        await Promise.resolve();
        now--;
        return BETA;
      },
    },
  );
  const callers = await Promise.all(Array.from({ length: 1000 }, (_, i) => callerOf(`100.64.${i >> 8}.${i & 255}`)));
  assert.ok(callers.every(({ kind }) => kind === "node"));
  assert.equal(most, 32);
});

test("Identity has a crowd wait longer for a tailscaled that is slow than for one that hangs", async () => {
  const whois = async () => {
    clock.seconds += 0.05;
    return BETA;
  };
  const { callerOf, clock } = fixture({}, { whois });
  const crowd = (size: number) =>
    Promise.all(Array.from({ length: size }, (_, i) => callerOf(`100.64.${i >> 8}.${i & 255}`)));
  assert.deepEqual([...new Set((await crowd(150)).map(({ kind }) => kind))], ["node"]);
  clock.seconds += 10;
  assert.deepEqual(new Set((await crowd(300)).map(({ kind }) => kind)), new Set(["node", "unidentified"]));
});

test("Identity gives up on callers that wait for a tailscaled that hangs", async () => {
  const hanging = Promise.withResolvers<WhoisAnswer>();
  const { callerOf, clock } = fixture({}, { whois: () => hanging.promise });
  const callers = Promise.all(Array.from({ length: 100 }, (_, i) => callerOf(`100.64.0.${i}`)));
  clock.seconds += 3;
  hanging.reject(new Error("no answer"));
  const reasons = (await callers).map((caller) => (caller.kind === "unidentified" ? caller.reason : caller.kind));
  assert.equal(reasons.filter((reason) => reason === "no answer").length, 32);
  assert.equal(reasons.filter((reason) => reason === "no turn to ask in 2 s").length, 68);
});

test("Identity believes a failure for a second", async () => {
  let asked = 0;
  const whois = async () => {
    if (++asked === 1) throw new Error("hangs");
    return BETA;
  };
  const { callerOf, clock } = fixture({}, { whois });
  const unidentified = { kind: "unidentified", address: "100.64.0.2", reason: "hangs" };
  assert.deepEqual(await callerOf("100.64.0.2"), unidentified);
  assert.deepEqual(await callerOf("100.64.0.2"), unidentified);
  clock.seconds += 1.1;
  assert.deepEqual(await callerOf("100.64.0.2"), beta);
});

for (const address of ["127.0.0.1", "127.9.9.9", "::1"]) {
  test(`Identity takes ${address} for local without a question where tailscaled has an interface`, async () => {
    const { callerOf, asked } = fixture({});
    assert.deepEqual(await callerOf(address), { kind: "local" });
    assert.deepEqual(asked, []);
  });
}

test("Identity asks for the port of a connection over loopback that a userspace tailscaled may have made", async () => {
  const { callerOf, asked } = fixture({ "127.0.0.1:40001": BETA, "[::1]:7": BETA }, { forwardsToLoopback: () => true });
  assert.deepEqual(await callerOf("127.0.0.1", 40_001), beta);
  assert.deepEqual(await callerOf("::1", 7), beta);
  assert.deepEqual(asked, ["127.0.0.1:40001", "[::1]:7"]);
});

test("Identity asks again for a connection that tailscaled may know a moment later", async () => {
  let asked = 0;
  const whois = async () => (++asked < 3 ? undefined : BETA);
  const { callerOf } = fixture({}, { forwardsToLoopback: () => true, whois });
  assert.deepEqual(await callerOf("127.0.0.1"), beta);
  assert.equal(asked, 3);
});

test("Identity asks three times before it takes a connection for local, and once when it was local before", async () => {
  const { callerOf, asked, clock } = fixture({}, { forwardsToLoopback: () => true });
  assert.deepEqual(await callerOf("127.0.0.1"), { kind: "local" });
  assert.equal(asked.length, 3);
  clock.seconds += 15;
  assert.deepEqual(await callerOf("127.0.0.1"), { kind: "local" });
  assert.equal(asked.length, 4);
});

test("Identity asks once where no tailscaled is, and three times again when there is one", async () => {
  let answer: null | undefined = null;
  const asked: string[] = [];
  const whois = async (address: string) => {
    asked.push(address);
    return answer;
  };
  const { callerOf, clock } = fixture({}, { forwardsToLoopback: () => true, whois });
  assert.deepEqual(await callerOf("127.0.0.1"), { kind: "local" });
  assert.equal(asked.length, 1);
  answer = undefined;
  clock.seconds += 15;
  assert.deepEqual(await callerOf("127.0.0.1"), { kind: "local" });
  assert.equal(asked.length, 4);
});

test("Identity does not ask again when tailscaled has waited itself", async () => {
  let asked = 0;
  const { callerOf, clock } = fixture(
    {},
    {
      forwardsToLoopback: () => true,
      whois: async () => {
        asked++;
        clock.seconds += 0.18;
        return undefined;
      },
    },
  );
  assert.deepEqual(await callerOf("127.0.0.1"), { kind: "local" });
  assert.equal(asked, 1);
});

test("Identity gives a port of loopback that was a node's to another after a second", async () => {
  const known: Record<string, WhoisAnswer> = { "127.0.0.1:40000": BETA };
  const { callerOf, clock } = fixture(known, { forwardsToLoopback: () => true });
  assert.deepEqual(await callerOf("127.0.0.1"), beta);
  delete known["127.0.0.1:40000"];
  clock.seconds += 1.1;
  assert.deepEqual(await callerOf("127.0.0.1"), { kind: "local" });
});

test("Identity asks nothing of loopback where local and tailnet are equally welcome", async () => {
  const options = { forwardsToLoopback: () => true, tellsLoopbackApart: false };
  const { callerOf, asked } = fixture({}, options);
  assert.deepEqual(await callerOf("127.0.0.1"), { kind: "loopback" });
  assert.deepEqual(asked, []);
});

for (const [name, value] of [
  ["host", "evil.example:5253"],
  ["X-Forwarded-For", "100.64.0.2"],
] as const) {
  test(`Identity asks whose loopback connection it is that comes with ${name}: ${value}`, async () => {
    const options = { forwardsToLoopback: () => true, tellsLoopbackApart: false };
    const { callerOf } = fixture({ "127.0.0.1:1": BETA }, options);
    assert.deepEqual(await callerOf("127.0.0.1", 1, { [name]: value }), beta);
    const kind = name === "host" ? "misled" : "forwarded";
    assert.equal((await callerOf("127.0.0.1", 2, { [name]: value })).kind, kind);
  });
}

test("Identity does not take a connection for local that it cannot ask about", async () => {
  const options = { forwardsToLoopback: () => true, whois: () => Promise.reject(new Error("hangs")) };
  const { callerOf } = fixture({}, options);
  assert.equal((await callerOf("127.0.0.1")).kind, "unidentified");
});

for (const name of ["X-Forwarded-For", "Forwarded", "X-Forwarded-Host", "X-Real-IP", "Tailscale-User-Login"]) {
  test(`Identity takes a local request with ${name} for somebody else's`, async () => {
    const { callerOf } = fixture({ "100.64.0.2": BETA });
    assert.deepEqual(await callerOf("127.0.0.1", 1, { [name]: "100.64.0.2" }), { kind: "forwarded" });
  });

  test(`Identity does not look at ${name} of a node, forwarded over loopback or not`, async () => {
    const known = { "100.64.0.2": BETA, "127.0.0.1:1": BETA };
    const { callerOf } = fixture(known, { forwardsToLoopback: () => true, trustsServe: true });
    assert.deepEqual(await callerOf("100.64.0.2", 1, { [name]: "100.64.0.1" }), beta);
    assert.deepEqual(await callerOf("127.0.0.1", 1, { [name]: "100.64.0.1" }), beta);
  });
}

test("Identity believes tailscale serve where it was told to, about one node's address", async () => {
  const { callerOf } = fixture({ "100.64.0.2": BETA }, { trustsServe: true });
  const served = (headers: Record<string, string>) => callerOf("127.0.0.1", 1, headers);
  assert.deepEqual(await served({ "X-Forwarded-For": "100.64.0.2" }), beta);
  assert.equal((await served({ "X-Forwarded-For": "203.0.113.9" })).kind, "stranger");
  for (const forged of ["127.0.0.1", "::1", "100.64.0.2, 127.0.0.1", "beta", ""]) {
    assert.equal((await served({ "X-Forwarded-For": forged })).kind, "forwarded", forged);
  }
  const funnel = { "X-Forwarded-For": "100.64.0.2", "Tailscale-Funnel-Request": "?1" };
  assert.equal((await served(funnel)).kind, "forwarded");
});

for (const [host, kind] of [
  ["localhost:5253", "local"],
  ["127.0.0.1:5253", "local"],
  ["[::1]:5253", "local"],
  ["alpha:5253", "local"],
  ["localhost.localdomain", "local"],
  ["evil.example:5253", "misled"],
  ["127.0.0.1.evil.example", "misled"],
] as const) {
  test(`Identity takes a local request for the host ${host} as ${kind}`, async () => {
    const { callerOf } = fixture({});
    assert.equal((await callerOf("127.0.0.1", 1, { host })).kind, kind);
  });
}

test("Identity: no mixture of headers makes a stranger anybody else, or changes who a node is", async () => {
  const next = random(3);
  const pick = (from: readonly string[]) => from[Math.floor(next() * from.length)]!;
  const names = [
    ...["X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-IP", "Forwarded", "Via", "Host", "Origin"],
    ...["Tailscale-User-Login", "Tailscale-User-Name", "Tailscale-User-Profile-Pic", "Tailscale-App-Capabilities"],
  ];
  const values = [
    ...["127.0.0.1", "::1", "100.64.0.2", "for=127.0.0.1;by=127.0.0.1", "localhost", "localhost:5253", "", ","],
    ...["ann@example.com", '{"tsmon.dev/cap/scrape":[{}]}', "100.64.0.2, 127.0.0.1", "a".repeat(10_000), "\u00e9"],
  ];
  for (const trustsServe of [false, true]) {
    const { callerOf } = fixture({ "100.64.0.2": BETA }, { trustsServe });
    for (let round = 0; round < 500; round++) {
      const headers = Object.fromEntries(Array.from({ length: 5 }, () => [pick(names).toLowerCase(), pick(values)]));
      const stranger = { kind: "stranger", address: "192.168.1.7" };
      assert.deepEqual(await callerOf("192.168.1.7", 40_000, headers), stranger, JSON.stringify(headers));
      assert.deepEqual(await callerOf("100.64.0.2", 40_000, headers), beta, JSON.stringify(headers));
      const onLoopback = await callerOf("127.0.0.1", 40_000, headers);
      if (!trustsServe) assert.notEqual(onLoopback.kind, "node", JSON.stringify(headers));
    }
  }
});
