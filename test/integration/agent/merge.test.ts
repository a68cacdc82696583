import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { gzipSync } from "node:zlib";
import { FakeTailscaled, sendJson, statusOf } from "../fake-tailscaled.ts";
import { httpUpstream } from "../proxy/upstream.ts";
import { TestAgent } from "./tsmon.ts";

const TIMEOUT = { timeout: 60_000 };
const FEW = ["--collector.disable-defaults", "--collector.loadavg"];
const TEXT = '# TYPE app_total counter\napp_total{path="a\\"b"} 3\n# TYPE node_load1 counter\nnode_load1 9\n';
const OPEN_METRICS = '# TYPE app counter\napp_total{path="a\\"b"} 3.0 # {trace_id="t"} 1.0\n# EOF\n';
const ACCEPT = "application/openmetrics-text;version=1.0.0,text/plain;q=0.5";
const merge = (...names: string[]) => names.flatMap((name) => ["--proxy.merge", name]);
const textOf = async (agent: TestAgent, path: string, accept = "text/plain", timeout = "9") =>
  (
    await fetch(`${agent.url}${path}`, { headers: { Accept: accept, "X-Prometheus-Scrape-Timeout-Seconds": timeout } })
  ).text();

/** An exporter that answers in either format, as asked. */
const bilingual = () =>
  httpUpstream((request, response) => {
    const isOpen = request.headers.accept?.includes("openmetrics") ?? false;
    response.setHeader("Content-Type", isOpen ? "application/openmetrics-text; version=1.0.0" : "text/plain");
    response.end(isOpen ? OPEN_METRICS : TEXT);
  });

describe("tsmon agent with --proxy.merge", () => {
  test("has the exporter's families on its own page, in either format", TIMEOUT, async () => {
    await using upstream = await bilingual();
    await using fake = await FakeTailscaled.start();
    const words = [`app:${upstream.port}`, ...merge("app"), "--socket", fake.socketPath];
    await using agent = await TestAgent.start([...words, ...FEW]);
    const text = await textOf(agent, "/metrics");
    assert.match(text, /^# TYPE app_total counter\napp_total\{exporter="app",path="a\\"b"\} 3$/m);
    assert.match(text, /^node_load1 /m);
    assert.doesNotMatch(text, /node_load1\{/);
    assert.match(text, /^tsmon_merge_success\{exporter="app"\} 0$/m);
    await agent.says(/ warn family node_load1: is a counter here and a gauge elsewhere subject=app$/);
    const open = await textOf(agent, "/metrics", ACCEPT);
    assert.match(open, /^app_total\{exporter="app",path="a\\"b"\} 3\.0 # \{trace_id="t"\} 1\.0$/m);
    assert.match(open, /^tsmon_merge_success\{exporter="app"\} 1$/m);
    assert.ok(open.endsWith("# EOF\n"));
    assert.doesNotMatch(await textOf(agent, "/metrics?collect[]=loadavg"), /app_total/);
    assert.equal(await textOf(agent, "/proxy/app"), TEXT);
  });

  test("makes OpenMetrics of an exporter that has the text format only", TIMEOUT, async () => {
    const timed = "# TYPE timed gauge\ntimed 1 1700000000125\n";
    const clash = "# TYPE b gauge\nb 1\n# TYPE b_total counter\nb_total 2\n";
    await using upstream = await httpUpstream((_, response) => response.end(TEXT + clash + timed));
    await using agent = await TestAgent.start([`app:${upstream.port}`, ...merge("app"), ...FEW]);
    const text = await textOf(agent, "/metrics", ACCEPT);
    assert.match(text, /^timed\{exporter="app"\} 1 1700000000\.125$/m);
    assert.match(text, /^# TYPE b gauge\nb\{exporter="app"\} 1$/m);
    assert.match(text, /^# TYPE b_total unknown\nb_total\{exporter="app"\} 2$/m);
    assert.match(text, /^# TYPE app counter\napp_total\{exporter="app",path="a\\"b"\} 3$/m);
  });

  test("serves the rest when an exporter hangs, fails, or answers nonsense, and says so once", TIMEOUT, async () => {
    await using hangs = await httpUpstream(() => {});
    await using fails = await httpUpstream((_, response) => response.writeHead(500).end("oops"));
    await using lies = await httpUpstream((_, response) => response.end("up 1\nthis is no sample\n"));
    await using packs = await httpUpstream((_, response) =>
      response.setHeader("Content-Encoding", "gzip").end(gzipSync("up 1\n")),
    );
    await using proto = await httpUpstream((_, response) =>
      response.setHeader("Content-Type", "application/vnd.google.protobuf").end(),
    );
    await using latin = await httpUpstream((_, response) => response.end(Buffer.from('up{a="\xe9"} 1\n', "latin1")));
    await using well = await bilingual();
    const bad = { hangs, fails, lies, packs, proto, latin };
    const ports = Object.fromEntries(Object.entries({ ...bad, well }).map(([name, { port }]) => [name, port]));
    const words = Object.entries(ports).map(([name, port]) => `${name}:${port}`);
    await using agent = await TestAgent.start([...words, ...merge(...Object.keys(ports)), ...FEW]);
    for (let i = 0; i < 3; i++) {
      const text = await textOf(agent, "/metrics", ACCEPT, "3");
      assert.match(text, /^app_total\{exporter="well"/m);
      assert.match(text, /^node_load1 /m);
      const success = [...text.matchAll(/^tsmon_merge_success\{exporter="(\w+)"\} (\d)$/gm)].map(([, ...found]) =>
        found.join(),
      );
      assert.deepEqual(success, [...Object.keys(bad).map((name) => `${name},0`), "well,1"]);
    }
    await agent.says(/ subject=/, 6);
    for (const text of [
      "Exporter hangs gave no complete answer in ",
      "Exporter fails answers with the status 500",
      "Cannot parse metrics line 2: found",
      "Exporter packs answers with the encoding gzip, which was not asked for",
      "Exporter proto answers with protobuf, which was not asked for",
      "Exporter latin answers with text that is not UTF-8",
    ]) {
      assert.equal(agent.log.filter((line) => line.includes(` warn ${text}`)).length, 1, agent.log.join("\n"));
    }
    assert.equal(agent.log.length, 7, agent.log.join("\n"));
  });

  test("says of each format once what is wrong, though scrapers ask in turn", TIMEOUT, async () => {
    await using strange = await httpUpstream((_, response) =>
      response.setHeader("Content-Type", "application/openmetrics-text").end(OPEN_METRICS),
    );
    await using agent = await TestAgent.start([`strange:${strange.port}`, ...merge("strange"), ...FEW]);
    for (let i = 0; i < 3; i++) {
      assert.match(await textOf(agent, "/metrics"), /^tsmon_merge_success\{exporter="strange"\} 0$/m);
      assert.match(await textOf(agent, "/metrics", ACCEPT), /^tsmon_merge_success\{exporter="strange"\} 1$/m);
    }
    await agent.says(/ warn Exporter strange answers with OpenMetrics where the text format was asked for /);
    assert.equal(agent.log.length, 2, agent.log.join("\n"));
  });

  test(
    "says once what is wrong, though the words differ at each scrape, and again after it was well",
    TIMEOUT,
    async () => {
      let scrapes = 0;
      let isWell = false;
      await using odd = await httpUpstream((_, response) => response.end(isWell ? "up 1\n" : `up 1 2 ${++scrapes}\n`));
      await using agent = await TestAgent.start([`odd:${odd.port}`, ...merge("odd"), ...FEW]);
      const openMetrics = () => textOf(agent, "/metrics", ACCEPT);
      for (let i = 0; i < 3; i++) await openMetrics();
      isWell = true;
      await openMetrics();
      isWell = false;
      await openMetrics();
      await agent.says(/ subject=/, 3);
      const told = agent.log.slice(1).map((line) => /up 1 2 \d|Works again/.exec(line)?.[0]);
      assert.deepEqual(told, ["up 1 2 1", "Works again", "up 1 2 4"], agent.log.join("\n"));
    },
  );

  test("has only what the caller may scrape", TIMEOUT, async () => {
    await using upstream = await bilingual();
    await using fake = await FakeTailscaled.start({ status: { ...statusOf(1), TUN: false } });
    fake.override("whois", (_, response) => {
      sendJson(response, {
        Node: { ID: 2, StableID: "nBeta", Name: "beta.lab.ts.net." },
        UserProfile: { ID: 1, LoginName: "ann@example.com", DisplayName: "Ann" },
        CapMap: { "tsmon.dev/cap/scrape": [{ exporters: ["tsmon", "one"] }] },
      });
    });
    const words = [`one:${upstream.port}`, `two:${upstream.port}`, ...merge("one", "two"), "--web.allow", "cap"];
    await using agent = await TestAgent.start([...words, "--socket", fake.socketPath, ...FEW]);
    const text = await textOf(agent, "/metrics");
    assert.match(text, /exporter="one"/);
    assert.doesNotMatch(text, /exporter="two"/);
  });
});
