import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { FakeTailscaled, sendJson, statusOf } from "../fake-tailscaled.ts";
import { httpUpstream } from "../proxy/upstream.ts";
import { TestAgent, Tsmon } from "./tsmon.ts";

const TIMEOUT = { timeout: 60_000 };
const FEW = ["--collector.disable-defaults", "--collector.loadavg"];
const wellKnown = async (agent: TestAgent) => (await agent.get("/.well-known/tsmon")).json();

describe("tsmon agent", () => {
  test("serves exporters with their credentials, lists them and counts", TIMEOUT, async () => {
    await using upstream = await httpUpstream((request, response) => {
      response.statusCode = request.headers.authorization === "Bearer of-the-exporter" ? 200 : 401;
      response.end("up 1\n");
    });
    await using fake = await FakeTailscaled.start();
    await using folder = new Tsmon(["--version"]);
    const token = join(folder.directory, "token");
    writeFileSync(token, "of-the-exporter\n");
    const file = join(folder.directory, "tsmon.yml");
    writeFileSync(file, `proxy.options:\n  app: {bearer_token_file: ${token}, labels: {team: web}}\n`);
    const words = [`app:${upstream.port}/m`, `other:${upstream.port}`];
    await using agent = await TestAgent.start([...words, "--socket", fake.socketPath, "--config.file", file, ...FEW]);
    const response = await agent.get("/proxy/app");
    assert.deepEqual([response.status, await response.text()], [200, "up 1\n"]);
    assert.equal((await agent.get("/proxy/other")).status, 401);
    const nothing = await agent.get("/proxy/nothing");
    assert.deepEqual(
      [nothing.status, await nothing.text()],
      [404, "No such exporter. The page at / has those that there are.\n"],
    );
    assert.deepEqual(await wellKnown(agent), {
      version: (await wellKnown(agent)).version,
      node: "n0CNTRL",
      exporters: [
        { name: "tsmon", path: "/metrics", labels: {} },
        { name: "app", path: "/proxy/app", labels: { team: "web" } },
        { name: "other", path: "/proxy/other", labels: {} },
      ],
    });
    writeFileSync(token, "replaced\n");
    assert.equal((await agent.get("/proxy/app")).status, 401);
    const series = await agent.scrape();
    assert.equal(series.get('tsmon_proxy_requests_total{exporter="app",outcome="ok"}'), 1);
    assert.equal(series.get('tsmon_proxy_requests_total{exporter="app",outcome="status"}'), 1);
    assert.equal(series.get('tsmon_proxy_duration_seconds_count{exporter="app"}'), 2);
    assert.equal(series.get('tsmon_http_requests_total{code="200",endpoint="/proxy/app"}'), 1);
    assert.equal(series.get('tsmon_http_requests_total{code="404",endpoint="other"}'), 1);
    assert.equal(agent.log.length, 1, agent.log.join("\n"));
  });

  test("serves and lists to a node what its grants name, and refuses the rest", TIMEOUT, async () => {
    await using upstream = await httpUpstream((_, response) => response.end("up 1\n"));
    await using fake = await FakeTailscaled.start({ status: { ...statusOf(1), TUN: false } });
    fake.override("whois", (_, response) => {
      sendJson(response, {
        Node: { ID: 2, StableID: "nBeta", Name: "beta.lab.ts.net." },
        UserProfile: { ID: 1, LoginName: "ann@example.com", DisplayName: "Ann" },
        CapMap: {
          "tsmon.dev/cap/scrape": [{ exporters: ["postgres"], endpoints: ["metrics"] }, { exporters: ["gone"] }],
        },
      });
    });
    const words = [`postgres:${upstream.port}`, `node:${upstream.port}`];
    await using agent = await TestAgent.start([...words, "--socket", fake.socketPath, "--web.allow", "cap", ...FEW]);
    const paths = ["/proxy/postgres", "/proxy/node", "/proxy/nothing", "/proxy/gone", "/metrics", "/healthz"];
    const statuses = [];
    for (const path of paths) statuses.push((await agent.get(path)).status);
    assert.deepEqual(statuses, [200, 403, 403, 404, 403, 200]);
    const { exporters } = await wellKnown(agent);
    assert.deepEqual(exporters, [{ name: "postgres", path: "/proxy/postgres", labels: {} }]);
    assert.equal(upstream.seen.length, 1);
  });

  test("answers nothing but GET and HEAD, anywhere", TIMEOUT, async () => {
    await using upstream = await httpUpstream((_, response) => response.end("up 1\n"));
    await using agent = await TestAgent.start([`app:${upstream.port}`, "--socket", "/nonexistent.sock", ...FEW]);
    for (const path of ["/proxy/app", "/metrics", "/", "/nowhere"]) {
      for (const method of ["POST", "PUT", "DELETE", "OPTIONS", "PATCH"]) {
        const response = await fetch(`${agent.url}${path}`, { method });
        assert.deepEqual(
          [response.status, response.headers.get("allow"), await response.text()],
          [405, "GET, HEAD", "Only GET and HEAD are served.\n"],
        );
      }
    }
    assert.equal((await fetch(`${agent.url}/proxy/app`, { method: "HEAD" })).status, 200);
    assert.deepEqual(
      upstream.seen.map(({ method }) => method),
      ["HEAD"],
    );
  });
});
