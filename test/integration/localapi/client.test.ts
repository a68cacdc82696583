import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage } from "node:http";
import { type AddressInfo, createServer as createTcpServer } from "node:net";
import { describe, test } from "node:test";
import { LocalApi, type Observation } from "../../../src/localapi/client.ts";
import type { Notify } from "../../../src/localapi/notify.ts";
import type { Connection } from "../../../src/runtime/connection.ts";
import { FakeTailscaled, peerOf, sendJson, sendText, statusOf } from "../fake-tailscaled.ts";
import { watched } from "./watchdog.ts";

const WHOIS = {
  Node: {
    ID: 12,
    StableID: "nProm1CNTRL",
    Name: "prom.lab.ts.net.",
    User: 1234,
    Tags: ["tag:prometheus"],
    Online: true,
  },
  UserProfile: { ID: 2147455555, LoginName: "tagged-devices", DisplayName: "Tagged Devices" },
  CapMap: { "example.com/cap/x": [{ scopes: ["metrics"] }] },
};
const PONG = {
  IP: "100.64.0.2",
  NodeIP: "100.64.0.2",
  NodeName: "web1",
  Err: "",
  LatencySeconds: 0.002,
  Endpoint: "192.0.2.7:41641",
};

/** A client of a fake, whose calls nothing but the watchdog limits. */
function clientOf(fake: FakeTailscaled, observe: (observation: Observation) => void = () => {}): LocalApi {
  return new LocalApi({ address: () => fake, timeoutSeconds: 60, observe });
}

describe("LocalApi", () => {
  test("asks as tailscaled wants to be asked", async () => {
    await using fake = await FakeTailscaled.start();
    await watched(clientOf(fake).status());
    const [{ method, url, headers }] = fake.requests as [FakeTailscaled["requests"][0]];
    assert.deepEqual([method, url, headers.host], ["GET", "/localapi/v0/status", "local-tailscaled.sock"]);
    assert.deepEqual([headers.origin, headers.referer], [undefined, undefined]);
  });

  test("observes each call with its endpoint, outcome and duration", async () => {
    await using fake = await FakeTailscaled.start();
    const seen: Observation[] = [];
    const api = clientOf(fake, (observation) => seen.push(observation));
    await watched(api.status());
    await watched(api.statusWithoutPeers());
    await assert.rejects(watched(api.whois("192.0.2.1")));
    assert.deepEqual(
      seen.map(({ endpoint, outcome }) => [endpoint, outcome]),
      [
        ["status", "ok"],
        ["status?peers=false", "ok"],
        ["whois", "not_found"],
      ],
    );
    for (const { durationSeconds } of seen) assert.ok(durationSeconds > 0 && durationSeconds < 5, `${durationSeconds}`);
  });

  test("finds tailscaled again after it restarted", async () => {
    await using fake = await FakeTailscaled.start();
    const api = clientOf(fake);
    await watched(api.status());
    await fake.stop();
    await assert.rejects(watched(api.status()), {
      failure: "missing",
      message: `Cannot read LocalAPI status: ${fake.socketPath}: ENOENT (is tailscaled running? If it listens elsewhere, name its socket with --socket)`,
    });
    await fake.listen();
    assert.equal((await watched(api.status())).BackendState, "Running");
  });

  test("rejects with aborted when its caller gives up, before and during the call", async () => {
    await using fake = await FakeTailscaled.start();
    const asked = Promise.withResolvers<IncomingMessage>();
    fake.override("status", (request) => asked.resolve(request));
    const controller = new AbortController();
    const call = clientOf(fake).status({ signal: controller.signal });
    const { socket } = await watched(asked.promise);
    const hungUp = new Promise((resolve) => socket.once("close", resolve));
    controller.abort();
    await assert.rejects(watched(call), { failure: "aborted" });
    await watched(hungUp);
    await assert.rejects(watched(clientOf(fake).status({ signal: controller.signal })), { failure: "aborted" });
  });

  test("rejects with timeout when its caller's time is up", async () => {
    await using fake = await FakeTailscaled.start();
    fake.override("status", () => {});
    await assert.rejects(watched(clientOf(fake).status({ signal: AbortSignal.timeout(50) })), { failure: "timeout" });
  });

  test("reaches the macOS app on its loopback port with its token, and tells nobody the token", async () => {
    const server = createServer((request, response) => {
      const right = request.headers.authorization === `Basic ${btoa(":0123456789abcdef0123")}`;
      if (right && request.headers.host === `127.0.0.1:${port}`) sendJson(response, statusOf(0));
      else sendText(response, 403, `bad password ${request.headers.authorization} 0123456789abcdef0124\n`);
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const asked = (token: string) => watched(new LocalApi({ address: () => ({ port, token }) }).status());
    assert.equal((await asked("0123456789abcdef0123")).BackendState, "Running");
    await assert.rejects(asked("0123456789abcdef0124"), (error: Error) => {
      assert.match(error.message, /status 403 "bad password Basic <hidden> <hidden>"/);
      return true;
    });
    server.close();
  });
});

describe("LocalApi", () => {
  const answers = new URL("../../fixtures/localapi/1.102.3/", import.meta.url);
  for (const [endpoint, file, ask, want] of [
    ["status", "status.json", async (api) => ((await api.status()).Peer?.length ?? 0) > 1, true],
    ["status", "status-peers-false.json", async (api) => (await api.statusWithoutPeers()).Peer, null],
    ["status", "status-needs-login.json", async (api) => (await api.status()).BackendState, "NeedsLogin"],
    ["usermetrics", "usermetrics.txt", async (api) => (await api.userMetrics()).includes("\ntailscaled_"), true],
    ["whois", "whois.json", async (api) => (await api.whois("100.64.0.2")).Node.Name, "direct.lab.ts.net."],
    ["prefs", "prefs.json", async (api) => (await api.prefs()).ShieldsUp, false],
    ["derpmap", "derpmap.json", async (api) => (await api.derpMap())?.Regions?.["1"]?.RegionCode, "lab"],
    ["ping", "ping-disco.json", async (api) => (await api.ping("100.64.0.2", "disco", { timeoutSeconds: 9 })).Err, ""],
  ] as [string, string, (api: LocalApi) => Promise<unknown>, unknown][]) {
    test(`reads ${file} as tailscaled 1.102.3 sends it`, async () => {
      await using fake = await FakeTailscaled.start();
      const text = readFileSync(new URL(file, answers));
      fake.override(endpoint, (_, response) => response.end(text));
      assert.deepEqual(await watched(ask(clientOf(fake))), want);
    });
  }

  test("reads each line of watch-ipn-bus.jsonl as a message", async () => {
    await using fake = await FakeTailscaled.start();
    const text = readFileSync(new URL("watch-ipn-bus.jsonl", answers), "utf8");
    fake.override("watch-ipn-bus", (_, response) => response.end(text));
    const messages = await watched(Array.fromAsync(clientOf(fake).watchIpnBus()));
    assert.equal(messages.length, text.trim().split("\n").length);
  });
});

describe("LocalApi.status()", () => {
  test("reads 2,000 peers", async () => {
    await using fake = await FakeTailscaled.start({ status: statusOf(2000) });
    const { Peer } = await watched(clientOf(fake).status());
    assert.equal(Object.keys(Peer ?? {}).length, 2000);
    assert.equal(Object.values(Peer ?? {})[1999]?.ID, "n2000CNTRL");
  });

  test("joins owners by ids beyond 2^53", async () => {
    await using fake = await FakeTailscaled.start();
    fake.override("status", (_, response) => {
      const owner = { "9007199254740993": { ID: 7, LoginName: "a", DisplayName: "A" } };
      const text = JSON.stringify(
        { ...statusOf(0), Peer: { k: { ...peerOf(1), UserID: 7 } }, User: owner },
        null,
        "\t",
      );
      response.end(text.replaceAll(/ID": 7(?=\W)/g, 'ID": 9007199254740993'));
    });
    const { Peer, User } = await watched(clientOf(fake).status());
    assert.equal(User?.[Peer?.[0]?.UserID ?? ""]?.LoginName, "a");
    assert.equal(User?.["9007199254740993"]?.ID, "9007199254740993");
  });
});

describe("LocalApi.whois()", () => {
  for (const [address, asked] of [
    ["100.64.0.9", "100.64.0.9"],
    ["100.64.0.9:443", "100.64.0.9:443"],
    ["::ffff:100.64.0.9", "100.64.0.9"],
    ["[::ffff:100.64.0.9]:443", "100.64.0.9:443"],
    ["[fd7a:115c:a1e0::1]:443", "[fd7a:115c:a1e0::1]:443"],
  ] as const) {
    test(`asks for ${asked} when given ${address}`, async () => {
      await using fake = await FakeTailscaled.start({ whois: { [asked]: WHOIS } });
      const { Node, CapMap } = await watched(clientOf(fake).whois(address, { proto: "tcp" }));
      assert.deepEqual([Node.StableID, Node.ID, Node.User], ["nProm1CNTRL", "12", "1234"]);
      assert.deepEqual(CapMap, WHOIS.CapMap);
      assert.match(fake.requests[0]?.url ?? "", /&proto=tcp$/);
    });
  }

  test("tells a stranger from a tailscaled without whois", async () => {
    await using fake = await FakeTailscaled.start();
    await assert.rejects(watched(clientOf(fake).whois("192.0.2.1:5")), { failure: "not_found" });
    fake.override("whois", (_, response) => sendText(response, 404, "404 page not found\n"));
    await assert.rejects(watched(clientOf(fake).whois("192.0.2.1:5")), { failure: "unsupported" });
  });
});

describe("LocalApi.derpMap()", () => {
  test("is null before there is a network map", async () => {
    await using fake = await FakeTailscaled.start({ derpmap: null });
    assert.equal(await watched(clientOf(fake).derpMap()), null);
  });
});

describe("LocalApi.ping()", () => {
  test("posts its question, and returns a ping that failed", async () => {
    const failed = { IP: "100.64.0.3", NodeIP: "", NodeName: "", Err: "no matching peer", LatencySeconds: 0 };
    await using fake = await FakeTailscaled.start({ ping: { "100.64.0.2": PONG, "100.64.0.3": failed } });
    const api = clientOf(fake);
    assert.equal((await watched(api.ping("100.64.0.2", "disco", { timeoutSeconds: 60 }))).LatencySeconds, 0.002);
    assert.equal((await watched(api.ping("100.64.0.3", "TSMP", { timeoutSeconds: 60 }))).Err, "no matching peer");
    assert.equal(fake.requests[1]?.url, "/localapi/v0/ping?ip=100.64.0.3&type=TSMP");
  });

  test("keeps to its own deadline when the peer does not answer", async () => {
    await using fake = await FakeTailscaled.start();
    const ping = clientOf(fake).ping("100.64.0.9", "disco", { timeoutSeconds: 0.1 });
    await assert.rejects(watched(ping), { failure: "timeout" });
  });
});

describe("LocalApi.dial()", () => {
  test("connects through tailscaled, and loses no byte in either direction", async () => {
    await using echo = await echoServer();
    await using fake = await FakeTailscaled.start({ dial: { "web1:9100": echo.port } });
    const stream = await watched(clientOf(fake).dial("web1", 9100));
    stream.write(Buffer.alloc(300_000, "x"));
    assert.equal(await watched(textOf(stream, 300_006)), `hello ${"x".repeat(300_000)}`);
    stream.close();
  });

  test("keeps bytes that come in one packet with the headers", async () => {
    const server = createTcpServer((socket) => {
      socket.once("data", () => {
        socket.write("HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: ts-dial\r\n\r\nfirst ");
        socket.once("data", (data) => socket.end(`then ${data}`));
      });
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const stream = await watched(new LocalApi({ address: () => ({ port, token: "t" }) }).dial("web1", 9100));
    stream.write("asked");
    assert.equal(await watched(textOf(stream)), "first then asked");
    server.close();
  });

  test("connects itself to a host outside the tailnet", async () => {
    await using echo = await echoServer();
    await using fake = await FakeTailscaled.start({ dial: { "web9:80": `self:127.0.0.1:${echo.port}` } });
    const stream = await watched(clientOf(fake).dial("web9", 80));
    stream.write("x");
    assert.equal(await watched(textOf(stream, 7)), "hello x");
    stream.close();
  });

  test("rejects with dial when the host refuses", async () => {
    await using fake = await FakeTailscaled.start();
    const port = await unusedPort();
    fake.answers.dial["web8:80"] = `self:127.0.0.1:${port}`;
    await assert.rejects(watched(clientOf(fake).dial("web7", 80)), {
      failure: "dial",
      message: /connection was refused/,
    });
    await assert.rejects(watched(clientOf(fake).dial("web8", 80)), { failure: "dial", message: /ECONNREFUSED/ });
  });

  test("rejects a host that could end the header", async () => {
    await using fake = await FakeTailscaled.start();
    await assert.rejects(clientOf(fake).dial("a\r\nDial-Network: udp", 80), RangeError);
    await assert.rejects(clientOf(fake).dial("a", 70_000), RangeError);
    assert.equal(fake.requests.length, 0);
  });
});

/** What comes over a connection: all, or the first bytes. */
async function textOf(connection: Connection, bytes = Number.POSITIVE_INFINITY): Promise<string> {
  let text = "";
  while (text.length < bytes) {
    const chunk = await connection.read();
    if (chunk === undefined) break;
    text += new TextDecoder().decode(chunk);
  }
  return text;
}

describe("LocalApi.watchIpnBus()", () => {
  test("yields messages however the chunks fall, and ends with the signal", async () => {
    await using fake = await FakeTailscaled.start();
    const bus = await watchedBus(fake);
    const Warnings = { "tür-zu": { WarnableCode: "tür-zu", Severity: "high", Title: "…", ETag: "x" } };
    const bytes = new TextEncoder().encode(`${JSON.stringify({ State: 2, Health: { Warnings } })}\n`);
    const umlaut = bytes.indexOf(0xc3) + 1;
    fake.notify(bytes.subarray(0, umlaut));
    fake.notify(bytes.subarray(umlaut));
    const first = await bus.next();
    assert.deepEqual(first?.Health?.Warnings, { "tür-zu": { Severity: "high" } });
    fake.notify({ Version: "1.102.3", State: null, SelfChange: { ID: 1 }, Health: { Warnings: null } });
    assert.deepEqual(await bus.next(), { Health: { Warnings: null }, isEmpty: false });
    bus.controller.abort();
    assert.equal(await bus.next(), undefined);
  });

  test("ends with the signal while it waits for a message", async () => {
    await using fake = await FakeTailscaled.start();
    const bus = await watchedBus(fake);
    fake.notify({ State: 6 });
    assert.deepEqual(await bus.next(), { isEmpty: false });
    const waiting = bus.next();
    await new Promise((resolve) => setImmediate(resolve));
    bus.controller.abort();
    assert.equal(await waiting, undefined);
  });

  test("yields a hint for a line that is too long, and goes on", async () => {
    await using fake = await FakeTailscaled.start();
    const bus = await watchedBus(fake);
    fake.notify({ NetMap: "x".repeat(2 ** 21) });
    assert.deepEqual(await bus.next(), { isEmpty: false });
    fake.notify({ Engine: {} });
    assert.deepEqual(await bus.next(), { isEmpty: true });
    bus.controller.abort();
  });

  test("is not ended by the deadline of the call", async () => {
    await using fake = await FakeTailscaled.start();
    const bus = await watchedBus(fake, 1);
    await new Promise((resolve) => setTimeout(resolve, 1200));
    fake.notify({ State: 4 });
    assert.deepEqual(await bus.next(), { isEmpty: false });
    bus.controller.abort();
  });

  test("ends when tailscaled ends it, and rejects with cut when tailscaled dies", async () => {
    await using fake = await FakeTailscaled.start();
    const ended = await watchedBus(fake);
    fake.endBus();
    assert.equal(await ended.next(), undefined);
    const cut = await watchedBus(fake);
    await fake.stop();
    await assert.rejects(cut.next(), { failure: "cut" });
  });

  test("asks for state and health without network maps", async () => {
    await using fake = await FakeTailscaled.start();
    (await watchedBus(fake)).controller.abort();
    assert.equal(fake.requests[0]?.url, "/localapi/v0/watch-ipn-bus?mask=8322");
  });
});

/** A bus that is open. */
async function watchedBus(fake: FakeTailscaled, timeoutSeconds = 60) {
  const controller = new AbortController();
  const opened = Promise.withResolvers<void>();
  const api = new LocalApi({ address: () => fake, timeoutSeconds, observe: () => opened.resolve() });
  const messages = api.watchIpnBus({ signal: controller.signal });
  let pending: Promise<IteratorResult<Notify, void>> | undefined = messages.next();
  pending.catch(() => {}); // met by whoever asks for it
  await watched(opened.promise);
  return {
    controller,
    async next(): Promise<Notify | undefined> {
      const result = await watched(pending ?? messages.next());
      pending = undefined;
      return result.value ?? undefined;
    },
  };
}

/** A TCP server that greets and sends back what it gets. */
async function echoServer() {
  const server = createTcpServer({ allowHalfOpen: true }, (socket) => {
    socket.write("hello ");
    socket.pipe(socket);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      server.close();
    },
  };
}

async function unusedPort(): Promise<number> {
  const server = createTcpServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
