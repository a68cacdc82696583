import assert from "node:assert/strict";
import { request } from "node:http";
import { networkInterfaces } from "node:os";
import { describe, test } from "node:test";
import { eventually } from "../../lab/eventually.ts";
import { FakeTailscaled, sendJson, sendText, statusOf } from "../fake-tailscaled.ts";
import { TestAgent } from "./tsmon.ts";

const TIMEOUT = { timeout: 60_000 };
const FEW = ["--collector.disable-defaults", "--collector.loadavg"];
const BETA = {
  Node: { ID: 2, StableID: "nBeta", Name: "beta.lab.ts.net.", Tags: ["tag:web"] },
  UserProfile: { ID: 1, LoginName: "tagged-devices", DisplayName: "Tagged Devices" },
  CapMap: null as Record<string, unknown[]> | null,
};
const allow = (...rules: string[]) => rules.flatMap((rule) => ["--web.allow", rule]);

/** A userspace tailscaled, which hands every connection over on loopback. */
const userspace = () => FakeTailscaled.start({ status: { ...statusOf(1), TUN: false } });

describe("tsmon agent", () => {
  test(
    "refuses local programs where only the tailnet is welcome, counts each time and logs once",
    TIMEOUT,
    async () => {
      await using fake = await FakeTailscaled.start();
      await using agent = await TestAgent.start(["--socket", fake.socketPath, ...FEW, ...allow("tailnet", "local")]);
      assert.equal((await agent.get("/metrics")).status, 200);
      await using closed = await TestAgent.start(["--socket", fake.socketPath, ...FEW, ...allow("tag:web")]);
      for (const path of ["/metrics", "/", "/healthz", "/nowhere", "/metrics"]) {
        const response = await closed.get(path);
        assert.equal(response.status, 403);
        assert.match(await response.text(), /^Access denied: a program on this host .*--web\.allow local.*\n$/);
      }
      await closed.says(/Access denied/);
      assert.equal(closed.log.length, 2, closed.log.join("\n"));
      assert.match(closed.log[1]!, / warn Access denied: .* reason=no_rule$/);
    },
  );

  test("counts refusals by reason", TIMEOUT, async () => {
    await using fake = await FakeTailscaled.start();
    await using agent = await TestAgent.start(["--socket", fake.socketPath, ...FEW]);
    // Before it knows that tailscaled has a network interface, it asks who calls.
    await eventually("this node", async () => "node" in (await (await agent.get("/.well-known/tsmon")).json()));
    for (let i = 0; i < 3; i++) assert.equal(await statusWith(agent, { "X-Forwarded-For": "100.64.0.2" }), 403);
    assert.equal(await statusWith(agent, { Host: "evil.example:5253" }), 403);
    const series = await agent.scrape();
    assert.equal(series.get('tsmon_denied_requests_total{reason="forwarded"}'), 3);
    assert.equal(series.get('tsmon_denied_requests_total{reason="host"}'), 1);
    assert.equal(fake.requests.filter(({ url }) => url?.includes("whois")).length, 0);
  });

  test("knows the node whose connection a userspace tailscaled hands over", TIMEOUT, async () => {
    await using fake = await userspace();
    const asked: (string | null)[] = [];
    fake.override("whois", (_, response, query) => {
      asked.push(query.get("addr"));
      // As the real one does, it knows the connection a moment after it made it.
      return asked.length < 2 ? sendText(response, 404, "no match for IP:port\n") : sendJson(response, BETA);
    });
    await using agent = await TestAgent.start(["--socket", fake.socketPath, ...FEW, ...allow("tag:web")]);
    // A first answer that takes its time is taken for one that has waited itself.
    await eventually("two questions for one connection", async () => {
      asked.length = 0;
      return (await statusWith(agent, {})) === 200 && asked.length === 2;
    });
    assert.match(asked[0] ?? "", /^127\.0\.0\.1:\d+$/);
    assert.equal(asked[1], asked[0]);
  });

  test("takes a connection that a userspace tailscaled does not know for local", TIMEOUT, async () => {
    await using fake = await userspace();
    await using agent = await TestAgent.start(["--socket", fake.socketPath, ...FEW, ...allow("local", "tag:web")]);
    assert.equal((await agent.get("/metrics")).status, 200);
    await using closed = await TestAgent.start(["--socket", fake.socketPath, ...FEW, ...allow("tag:web")]);
    assert.equal((await closed.get("/metrics")).status, 403);
  });

  for (const [name, handler] of [
    ["hangs", () => {}],
    ["answers nonsense", (_: unknown, response: Parameters<typeof sendText>[0]) => sendText(response, 200, "<html>")],
    ["fails", (_: unknown, response: Parameters<typeof sendText>[0]) => sendText(response, 500, "oops")],
  ] as const) {
    test(
      `refuses whom a userspace tailscaled that ${name} cannot name, and serves where all may`,
      TIMEOUT,
      async () => {
        await using fake = await userspace();
        fake.override("whois", handler);
        const socket = ["--socket", fake.socketPath, ...FEW];
        await using agent = await TestAgent.start([...socket, ...allow("local", "tag:web")]);
        const response = await agent.get("/metrics");
        assert.equal(response.status, 403);
        assert.match(await response.text(), /^Access denied: tailscaled cannot say who 127\.0\.0\.1 is\./);
        await agent.says(/ reason=unidentified detail="Cannot read LocalAPI whois: /);
        await using open = await TestAgent.start(socket);
        assert.equal((await open.get("/metrics")).status, 200);
        await using all = await TestAgent.start([...socket, ...allow("any")]);
        assert.equal((await all.get("/metrics")).status, 200);
      },
    );
  }

  test("serves local programs where there is no tailscaled", TIMEOUT, async () => {
    await using agent = await TestAgent.start(["--socket", "/nonexistent.sock", ...FEW, ...allow("local", "tag:web")]);
    assert.equal((await agent.get("/metrics")).status, 200);
  });

  test("follows a grant, a tag and their end, within seconds", TIMEOUT, async () => {
    await using fake = await userspace();
    let answer = BETA;
    fake.override("whois", (_, response) => sendJson(response, answer));
    await using agent = await TestAgent.start(["--socket", fake.socketPath, ...FEW, ...allow("cap", "tag:prom")]);
    const status = async () => (await agent.get("/metrics")).status;
    const becomes = async (want: number) => {
      while ((await status()) !== want) await new Promise((resolve) => setTimeout(resolve, 50));
    };
    assert.equal(await status(), 403);
    answer = { ...BETA, CapMap: { "tsmon.dev/cap/scrape": [{ exporters: ["tsmon"] }] } };
    await becomes(200);
    answer = { ...BETA, CapMap: { "tsmon.dev/cap/scrape": [{ exporters: ["postgres"] }] } };
    await becomes(403);
    answer = { ...BETA, Node: { ...BETA.Node, Tags: ["tag:prom"] } };
    await becomes(200);
    answer = BETA;
    await becomes(403);
  });

  const lan = Object.values(networkInterfaces())
    .flat()
    .find((address) => address?.family === "IPv4" && !address.internal)?.address;

  test("refuses a caller that is no node", { ...TIMEOUT, skip: lan ? false : "no address but loopback" }, async () => {
    await using fake = await FakeTailscaled.start();
    await using agent = await TestAgent.start(["--socket", fake.socketPath, ...FEW, "--web.listen", `${lan}:0`]);
    const links = agent.log[0]!.match(/http:\/\/\S+/g)!;
    const url = links.find((link) => link.includes(lan!))!;
    const response = await fetch(url);
    assert.deepEqual(
      [response.status, await response.text()],
      [403, `Access denied: ${lan} is no node of this tailnet. Ask over the tailnet, from a node that tsmon admits.\n`],
    );
  });
});

/** Status of a GET with headers that fetch() does not let pass. */
function statusWith(agent: TestAgent, headers: Record<string, string>): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const outgoing = request(`${agent.url}/metrics`, { headers, agent: false }, (incoming) => {
      incoming.resume();
      resolve(incoming.statusCode);
    });
    outgoing.on("error", reject).end();
  });
}
