import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import process from "node:process";
import { describe, test } from "node:test";
import { FakeTailscaled, sendJson, statusOf } from "../fake-tailscaled.ts";
import { TestAgent } from "./tsmon.ts";

const TIMEOUT = { timeout: 60_000 };
const FEW = ["--collector.disable-defaults", "--collector.loadavg"];
const BETA = {
  Node: { ID: 2, StableID: "nBeta", Name: "beta.lab.ts.net.", Tags: ["tag:web"] },
  UserProfile: { ID: 1, LoginName: "tagged-devices", DisplayName: "Tagged Devices" },
  CapMap: null,
};

/** A connection on which a request has been sent, and the status of its answer. */
function request(agent: TestAgent, text: string): { socket: Socket; status: Promise<string | undefined> } {
  const socket = connect(Number(new URL(agent.url).port), "127.0.0.1");
  socket.on("error", () => {});
  socket.write(text);
  const status = once(socket, "data").then(([data]) => /^HTTP\/1\.1 (\d+)/.exec(String(data))?.[1]);
  return { socket, status };
}

describe("tsmon agent", () => {
  test("knows 1,000 callers that come at once, and asks for each", TIMEOUT, async () => {
    await using fake = await FakeTailscaled.start({ status: { ...statusOf(1), TUN: false } });
    let now = 0;
    let most = 0;
    fake.override("whois", (_, response) => {
      most = Math.max(most, ++now);
      response.on("close", () => now--);
      sendJson(response, BETA);
    });
    await using agent = await TestAgent.start(["--socket", fake.socketPath, ...FEW, "--web.allow", "tag:web"]);
    const all = Array.from({ length: 1000 }, () => request(agent, "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"));
    const statuses = await Promise.all(all.map(({ status }) => status));
    for (const { socket } of all) socket.destroy();
    assert.deepEqual([...new Set(statuses)], ["200"]);
    assert.ok(most <= 64, `${most} questions at once`);
    assert.equal(fake.requests.filter(({ url }) => url?.includes("whois")).length, 1000);
  });

  test("answers others while 500 connections send their request a byte at a time, or nothing", TIMEOUT, async () => {
    await using fake = await FakeTailscaled.start();
    await using agent = await TestAgent.start(["--socket", fake.socketPath, ...FEW]);
    const slow = Array.from({ length: 500 }, (_, i) => {
      const socket = connect(Number(new URL(agent.url).port), "127.0.0.1");
      socket.on("error", () => {});
      if (i % 2) socket.write("GET /metrics HTTP/1.1\r\nHost: lo");
      return socket;
    });
    await Promise.all(slow.map((socket) => (socket.connecting ? once(socket, "connect") : undefined)));
    for (const socket of slow) socket.write("c");
    assert.equal((await agent.get("/metrics")).status, 200);
    for (const socket of slow) socket.destroy();
    assert.equal((await agent.get("/metrics")).status, 200);
  });

  test("takes no two requests for one where their lengths contradict each other", TIMEOUT, async () => {
    await using fake = await FakeTailscaled.start();
    await using agent = await TestAgent.start(["--socket", fake.socketPath, ...FEW]);
    const hidden = "GET /proxy/hidden HTTP/1.1\r\nHost: localhost\r\n\r\n";
    for (const headers of [
      `Content-Length: ${hidden.length}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${hidden}`,
      `Content-Length: 0\r\nContent-Length: ${hidden.length}\r\n\r\n${hidden}`,
      `Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n${hidden}`,
      "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
    ]) {
      const { socket, status } = request(agent, `POST /metrics HTTP/1.1\r\nHost: localhost\r\n${headers}`);
      const seen = await Promise.race([status, once(socket, "close").then(() => "closed")]);
      assert.notEqual(seen, "200", `${process.versions.bun ? "Bun" : "Deno"}: ${headers}`);
      socket.destroy();
    }
    assert.equal((await agent.get("/healthz")).status, 200);
  });

  test("takes the body of a request for no other request", TIMEOUT, async () => {
    await using fake = await FakeTailscaled.start();
    await using agent = await TestAgent.start(["--socket", fake.socketPath, ...FEW]);
    const hidden = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
    for (const method of ["GET", "HEAD", "POST"]) {
      for (const framed of [
        `Content-Length: ${hidden.length}\r\n\r\n${hidden}`,
        `Transfer-Encoding: chunked\r\n\r\n${hidden.length.toString(16)}\r\n${hidden}\r\n0\r\n\r\n`,
      ]) {
        const socket = connect(agent.port, "127.0.0.1");
        socket.write(`${method} /healthz HTTP/1.1\r\nHost: localhost\r\n${framed}`);
        socket.write("GET /nowhere HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        let answers = "";
        for await (const chunk of socket) answers += chunk;
        const statuses = [...answers.matchAll(/^HTTP\/1\.1 (\d+)/gm)].map(([, status]) => status);
        assert.deepEqual(statuses, [method === "POST" ? "405" : "200", "404"], `${method} ${framed}`);
      }
    }
  });
});
