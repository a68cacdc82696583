import assert from "node:assert/strict";
import type { Socket } from "node:net";
import { describe, test } from "node:test";
import { LocalApi, type Observation } from "../../../src/localapi/client.ts";
import { LocalApiError, type LocalApiFailure } from "../../../src/localapi/errors.ts";
import { statusOf } from "../fake-tailscaled.ts";
import { chunkedStart, type Fault, FaultySocket, httpAnswer } from "../faulty-socket.ts";
import { watched } from "./watchdog.ts";

/** Longer than the watchdog waits, so that nothing but the fault can end a call. */
const UNLIMITED_SECONDS = 60;
/** For faults that only a deadline ends. */
const SHORT_SECONDS = 0.2;

const STATUS = JSON.stringify(statusOf(3));

const FAULTS: readonly [name: string, fault: Fault, timeoutSeconds: number, failure: LocalApiFailure, text: RegExp][] =
  [
    ["says nothing", () => {}, SHORT_SECONDS, "timeout", /no complete answer in 0.2 s$/],
    [
      "hangs in the headers",
      (s) => s.write("HTTP/1.1 200 OK\r\nContent-"),
      SHORT_SECONDS,
      "timeout",
      /no complete answer/,
    ],
    [
      "hangs before the body",
      (s) => s.write(httpAnswer(200, STATUS).split("{")[0]!),
      SHORT_SECONDS,
      "timeout",
      /0.2 s/,
    ],
    ["hangs in the body", (s) => s.write(chunkedStart(STATUS.slice(0, 99))), SHORT_SECONDS, "timeout", /0.2 s/],
    ["drips for ever", drip, SHORT_SECONDS, "timeout", /0.2 s/],
    ["hangs up at once", (s) => s.end(), UNLIMITED_SECONDS, "cut", /ECONNRESET \(did tailscaled restart\?\)/],
    ["resets at once", (s) => s.resetAndDestroy(), UNLIMITED_SECONDS, "cut", /restart/],
    ["ends in the headers", (s) => s.end("HTTP/1.1 200 OK\r\nContent-"), UNLIMITED_SECONDS, "cut", /restart/],
    ["ends in a chunked body", (s) => s.end(chunkedStart(STATUS.slice(0, 99))), UNLIMITED_SECONDS, "cut", /restart/],
    [
      "ends in a chunked body that is JSON so far",
      (s) => s.end(chunkedStart(STATUS)),
      UNLIMITED_SECONDS,
      "cut",
      /restart/,
    ],
    [
      "ends in a body of known length",
      (s) => s.end(httpAnswer(200, STATUS).slice(0, -9)),
      UNLIMITED_SECONDS,
      "cut",
      /restart/,
    ],
    ["resets in the body", resetInBody, UNLIMITED_SECONDS, "cut", /restart/],
    [
      "sends bytes that are not HTTP",
      (s) => s.end("\x00\xff garbage\r\n\r\n"),
      UNLIMITED_SECONDS,
      "decode",
      /not HTTP/,
    ],
    [
      "sends HTML with 200",
      (s) => s.end(httpAnswer(200, "<html>hi</html>", "text/html")),
      UNLIMITED_SECONDS,
      "decode",
      /an HTML page/,
    ],
    ["sends nothing with 200", (s) => s.end(httpAnswer(200, "")), UNLIMITED_SECONDS, "decode", /found nothing/],
    [
      "sends half of a JSON text",
      (s) => s.end(httpAnswer(200, STATUS.slice(0, 99))),
      UNLIMITED_SECONDS,
      "decode",
      /expected JSON/,
    ],
    ["sends null", (s) => s.end(httpAnswer(200, "null")), UNLIMITED_SECONDS, "decode", /the answer: /],
    [
      "sends a string for a number",
      wrongTypes,
      UNLIMITED_SECONDS,
      "decode",
      /Self.RxBytes: expected number, found string/,
    ],
    ["sends more than 32 MiB", flood, UNLIMITED_SECONDS, "too_large", /more than 33554432 bytes/],
    [
      "answers 401",
      (s) => s.end(httpAnswer(401, "auth required\n", "text/plain")),
      UNLIMITED_SECONDS,
      "denied",
      /401 "auth required" \(run as root/,
    ],
    ["answers 403", (s) => s.end(httpAnswer(403, "status access denied\n")), UNLIMITED_SECONDS, "denied", /operator/],
    ["answers 404", (s) => s.end(httpAnswer(404, "404 page not found\n")), UNLIMITED_SECONDS, "unsupported", /too old/],
    ["answers 501", (s) => s.end(httpAnswer(501, "")), UNLIMITED_SECONDS, "unsupported", /status 501 \(/],
    [
      "answers 503",
      (s) => s.end(httpAnswer(503, "no netmap\n")),
      UNLIMITED_SECONDS,
      "unavailable",
      /"no netmap" \(is this node logged in\?\)/,
    ],
    [
      "answers 500",
      (s) => s.end(httpAnswer(500, '{"error":"broken"}')),
      UNLIMITED_SECONDS,
      "status",
      /status 500 "broken"$/,
    ],
    ["answers 302", (s) => s.end(httpAnswer(302, "")), UNLIMITED_SECONDS, "status", /status 302$/],
  ];

describe("LocalApi.status() of a server that", () => {
  for (const [name, fault, timeoutSeconds, failure, text] of FAULTS) {
    test(`${name} rejects with ${failure}`, async () => {
      await using server = await FaultySocket.start(fault);
      const seen: Observation[] = [];
      const api = new LocalApi({ address: () => server, timeoutSeconds, observe: (call) => seen.push(call) });
      await assert.rejects(watched(api.status()), (error) => {
        assert.ok(error instanceof LocalApiError, String(error));
        assert.deepEqual([error.failure, error.endpoint], [failure, "status"], error.message);
        assert.match(error.message, /^Cannot read LocalAPI status: /);
        assert.match(error.message, text);
        return true;
      });
      assert.deepEqual(
        seen.map(({ endpoint, outcome }) => [endpoint, outcome]),
        [["status", failure]],
      );
      await watched(server.idle());
    });
  }
});

describe("LocalApi.watchIpnBus() of a server that", () => {
  const HEAD = chunkedStart('{"State":6}\n');
  for (const [name, fault, timeoutSeconds, failure, text] of [
    ["says nothing", () => {}, SHORT_SECONDS, "timeout", /watch-ipn-bus: no complete answer/],
    [
      "answers 403",
      (s: Socket) => s.end(httpAnswer(403, "watch ipn bus access denied")),
      UNLIMITED_SECONDS,
      "denied",
      /access denied/,
    ],
    [
      "hangs in a refusal",
      (s: Socket) => s.write("HTTP/1.1 403 No\r\nContent-Length: 9\r\n\r\nno"),
      SHORT_SECONDS,
      "timeout",
      /0.2 s/,
    ],
    ["is cut", (s: Socket) => s.end(HEAD), UNLIMITED_SECONDS, "cut", /restart/],
    ["is cut in a line", (s: Socket) => s.end(`${HEAD}5\r\n{"Sta\r\n`), UNLIMITED_SECONDS, "cut", /restart/],
    [
      "sends what is not JSON",
      (s: Socket) => s.write(chunkedStart("hello\n")),
      UNLIMITED_SECONDS,
      "decode",
      /expected JSON/,
    ],
    [
      "sends health that is no mapping",
      (s: Socket) => s.write(chunkedStart('{"Health":"well"}\n')),
      UNLIMITED_SECONDS,
      "decode",
      /Health: /,
    ],
  ] as const) {
    test(`${name} rejects with ${failure}`, async () => {
      await using server = await FaultySocket.start(fault);
      const api = new LocalApi({ address: () => server, timeoutSeconds });
      const reading = Array.fromAsync(api.watchIpnBus());
      await assert.rejects(watched(reading), (error) => {
        assert.ok(error instanceof LocalApiError, String(error));
        assert.equal(error.failure, failure, error.message);
        assert.match(error.message, text);
        return true;
      });
      await watched(server.idle());
    });
  }
});

describe("LocalApi.userMetrics()", () => {
  test("rejects an HTML page with decode", async () => {
    await using server = await FaultySocket.start((s) => s.end(httpAnswer(200, "\n<!DOCTYPE html>", "text/html")));
    await assert.rejects(watched(new LocalApi({ address: () => server }).userMetrics()), { failure: "decode" });
  });
});

describe("LocalApi.dial()", () => {
  test("rejects with timeout when tailscaled does not answer", async () => {
    await using server = await FaultySocket.start(() => {});
    const api = new LocalApi({ address: () => server, timeoutSeconds: SHORT_SECONDS });
    await assert.rejects(watched(api.dial("web1", 9100)), { failure: "timeout" });
    await watched(server.idle());
  });

  test("rejects with decode when Dial-Addr is no address", async () => {
    const answer = "HTTP/1.1 200 OK\r\nDial-Self: true\r\nDial-Addr: example.com:80\r\nContent-Length: 0\r\n\r\n";
    await using server = await FaultySocket.start((s) => s.end(answer));
    await assert.rejects(watched(new LocalApi({ address: () => server }).dial("web1", 9100)), { failure: "decode" });
  });
});

/** A byte every 20 ms: each of them in time, all of them never. */
function drip(socket: Socket): void {
  socket.write("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n");
  const timer = setInterval(() => socket.write("x"), 20);
  socket.on("close", () => clearInterval(timer));
}

function resetInBody(socket: Socket): void {
  socket.write(chunkedStart(STATUS.slice(0, 99)), () => socket.resetAndDestroy());
}

function wrongTypes(socket: Socket): void {
  const status = statusOf(1);
  socket.end(httpAnswer(200, JSON.stringify({ ...status, Self: { ...(status.Self as object), RxBytes: "secret" } })));
}

/** Chunks without an end, as fast as they are taken. */
function flood(socket: Socket): void {
  const chunk = `100000\r\n${" ".repeat(0x100000)}\r\n`;
  const more = (error?: Error | null) => {
    if (!error && !socket.destroyed) socket.write(chunk, more);
  };
  socket.write(chunkedStart("{"), more);
}
