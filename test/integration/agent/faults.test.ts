import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { FakeTailscaled, type Handler, sendText, statusOf } from "../fake-tailscaled.ts";
import { chunkedStart, type Fault, FaultySocket, httpAnswer } from "../faulty-socket.ts";
import { TestAgent } from "./tsmon.ts";

const TIMEOUT = { timeout: 60_000 };
const MEGABYTES_40 = " ".repeat(40 * 1024 * 1024);

/** Each fault of tailscaled, and the failure word under which its `status` is counted. */
const FAULTS: readonly (readonly [name: string, fault: Fault, outcome: string])[] = [
  ["says nothing", () => {}, "timeout"],
  ["hangs in the middle of an answer", (socket) => socket.write(chunkedStart('{"Version":')), "timeout"],
  ["cuts an answer off", (socket) => socket.end(chunkedStart('{"Version":')), "cut"],
  ["hangs up", (socket) => socket.destroy(), "cut"],
  ["sends HTML", (socket) => socket.end(httpAnswer(200, "<html></html>", "text/html")), "decode"],
  ["sends wrong types", (socket) => socket.end(httpAnswer(200, '{"BackendState":7}')), "decode"],
  ["sends more than it may", (socket) => socket.end(httpAnswer(200, MEGABYTES_40)), "too_large|timeout"],
  ["sends no HTTP", (socket) => socket.end("SSH-2.0-OpenSSH\r\n"), "decode"],
  ["forbids", (socket) => socket.end(httpAnswer(403, "status access denied", "text/plain")), "denied"],
  ["lacks the endpoint", (socket) => socket.end(httpAnswer(404, "404 page not found", "text/plain")), "unsupported"],
  ["has no network map yet", (socket) => socket.end(httpAnswer(503, "no netmap", "text/plain")), "unavailable"],
];

/** Answers to every question that are no use, of a tailscaled that is there. */
const NONSENSE: readonly (readonly [name: string, fault: Handler])[] = [
  ["hangs", () => {}],
  ["sends HTML", (_request, response) => sendText(response, 200, "<html></html>")],
  ["sends wrong types", (_request, response) => sendText(response, 200, '{"BackendState":7}')],
  ["forbids", (_request, response) => sendText(response, 403, "status access denied")],
  ["has no network map", (_request, response) => sendText(response, 503, "no netmap")],
];
const ENDPOINTS = ["status", "prefs", "derpmap", "whois", "usermetrics", "watch-ipn-bus"];

/** Lines of the log after the start line. */
const logOf = (agent: TestAgent) => agent.log.filter((line) => !line.includes("Serving metrics"));

describe("tsmon agent beside a tailscaled that", () => {
  for (const [name, fault, outcome] of FAULTS) {
    test(`${name}: host metrics stay, tailscale_up is 0, and the failure has its word`, TIMEOUT, async () => {
      await using faulty = await FaultySocket.start(fault);
      await using agent = await TestAgent.start(["--socket", faulty.socketPath]);
      if (outcome === "timeout") agent.timeoutSeconds = 2;
      const series = await agent.scrape();
      assert.equal(series.get("tailscale_up"), 0);
      assert.ok(series.has("node_load1"));
      assert.equal(series.get('tsmon_collector_success{collector="tailscale_node"}'), 0);
      assert.equal(series.get('tsmon_collector_success{collector="loadavg"}'), 1);
      assert.ok(![...series.keys()].some((key) => key.startsWith("tailscale_peer")));
      const counted = new RegExp(`^tsmon_localapi_requests_total{endpoint="status",outcome="(${outcome})"}$`);
      // What was cut short by the scrape's end is counted in the next one.
      const calls = [...(await agent.scrape()).keys()].filter((key) => counted.test(key));
      assert.ok(calls.length >= 1);
    });
  }

  test("is not there: one line of log, however often it is asked", TIMEOUT, async () => {
    await using agent = await TestAgent.start(["--socket", "/nonexistent/tailscaled.sock"]);
    for (let i = 0; i < 3; i++) assert.equal((await agent.scrape()).get("tailscale_up"), 0);
    const [line = "", ...others] = logOf(agent);
    assert.deepEqual(others, []);
    assert.match(line, /warn Cannot read LocalAPI status: \/nonexistent\/tailscaled\.sock: .*is tailscaled running\?/);
    assert.equal((await agent.get("/readyz")).status, 503);
  });

  test("goes, has no network map at first, and returns: one line each", TIMEOUT, async () => {
    await using fake = await FakeTailscaled.start({
      status: statusOf(3),
      usermetrics: "# TYPE tailscaled_x counter\ntailscaled_x 1\n",
    });
    await using agent = await TestAgent.start(["--socket", fake.socketPath]);
    assert.equal((await agent.scrape()).get("tailscale_up"), 1);
    await fake.stop();
    for (let i = 0; i < 3; i++) assert.equal((await agent.scrape()).get("tailscale_up"), 0);
    fake.override("status", (_request, response) => sendText(response, 503, "no netmap"));
    await fake.listen();
    assert.equal((await agent.scrape()).get("tailscale_up"), 0);
    fake.restore();
    for (let i = 0; i < 3; i++) assert.equal((await agent.scrape()).get("tailscale_up"), 1);
    assert.deepEqual(
      logOf(agent).map((line) => line.split(" ")[1]),
      ["warn", "info"],
    );
  });

  for (const [name, fault] of NONSENSE) {
    test(`${name} for a while: one line each`, TIMEOUT, async () => {
      await using fake = await FakeTailscaled.start({ status: statusOf(3) });
      await using agent = await TestAgent.start(["--socket", fake.socketPath]);
      assert.equal((await agent.scrape()).get("tailscale_up"), 1);
      for (const endpoint of ENDPOINTS) fake.override(endpoint, fault);
      if (name === "hangs") agent.timeoutSeconds = 2;
      for (let i = 0; i < 2; i++) assert.equal((await agent.scrape()).get("tailscale_up"), 0);
      fake.restore();
      agent.timeoutSeconds = 9;
      for (let i = 0; i < 2; i++) assert.equal((await agent.scrape()).get("tailscale_up"), 1);
      const lines = logOf(agent).filter((line) => line.endsWith(" subject=tailscaled"));
      assert.deepEqual(
        lines.map((line) => line.split(" ")[1]),
        ["warn", "info"],
      );
      assert.deepEqual(
        logOf(agent).filter((line) => / subject=tailscale_(?:node|peers|health|usermetrics)$/.test(line)),
        [],
      );
    });
  }

  test("is gone stays gone in the log while scrapes ask for something else", TIMEOUT, async () => {
    await using fake = await FakeTailscaled.start({ status: statusOf(3) });
    await using agent = await TestAgent.start(["--socket", fake.socketPath]);
    await fake.stop();
    const queries = ["", "?collect[]=loadavg", "?collect[]=tailscale_up", "?exclude[]=loadavg", ""];
    for (const query of queries) await agent.scrape(query);
    assert.equal(logOf(agent).length, 1, logOf(agent).join("\n"));
    await fake.listen();
    await agent.scrape("?collect[]=tailscale_peers");
    await agent.says(/ info Works again subject=tailscaled$/);
    assert.equal(logOf(agent).length, 2, logOf(agent).join("\n"));
  });

  test("lacks its own metrics only: the rest is there", TIMEOUT, async () => {
    await using fake = await FakeTailscaled.start({ status: statusOf(3) });
    fake.override("usermetrics", (_request, response) => sendText(response, 404, "404 page not found"));
    await using agent = await TestAgent.start(["--socket", fake.socketPath]);
    const series = await agent.scrape();
    assert.equal(series.get("tailscale_up"), 1);
    assert.equal(series.get('tsmon_collector_success{collector="tailscale_usermetrics"}'), 0);
    assert.equal(series.get('tsmon_collector_success{collector="tailscale_peers"}'), 1);
  });

  test("meets ten scrapes at once with one status", TIMEOUT, async () => {
    await using fake = await FakeTailscaled.start({ status: statusOf(3) });
    await using agent = await TestAgent.start(["--socket", fake.socketPath]);
    const { promise, resolve } = Promise.withResolvers<void>();
    let asked = 0;
    fake.override("prefs", (_request, response) => {
      asked++;
      void promise.then(() => sendText(response, 200, "{}"));
    });
    const scrapes = Array.from({ length: 10 }, () => agent.scrape());
    const client = new AbortController();
    const leaver = agent.get("/metrics", client.signal).catch(() => "left");
    client.abort();
    assert.equal(await leaver, "left");
    resolve();
    for (const series of await Promise.all(scrapes)) assert.equal(series.get("tailscale_up"), 1);
    assert.ok(asked < 10, `${asked} questions`);
  });
});
