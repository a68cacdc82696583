import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { describe, test } from "node:test";
import { request } from "../../../src/http/request.ts";
import { connect } from "../../../src/runtime/connection.ts";

const TIMEOUT = { timeout: 30_000 };

/** What a server that sends these pieces, and then hangs up, is understood to say. */
async function answerTo(pieces: readonly string[], path = "/x") {
  let seen = "";
  const server = createServer(async (socket: Socket) => {
    socket.on("error", () => {});
    const [request] = await once(socket, "data");
    seen = String(request);
    for (const piece of pieces) {
      socket.write(piece, "latin1");
      await new Promise((resolve) => setImmediate(resolve)); // a packet of its own
    }
    socket.end();
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const connection = await connect({ host: "127.0.0.1", port: (server.address() as { port: number }).port });
  try {
    const answer = await request(connection, { host: "100.64.0.1:5253", path, headers: { Accept: "a/b" } });
    let body = "";
    for await (const chunk of answer.body) body += new TextDecoder().decode(chunk);
    return { status: answer.status, type: answer.headers.get("content-type"), body, seen };
  } finally {
    connection.close();
    server.close();
  }
}

describe("request()", () => {
  for (const [name, pieces, status, body] of [
    ["a length", ["HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"], 200, "hello"],
    ["a body to the end", ["HTTP/1.0 200 OK\r\n\r\nhel", "lo"], 200, "hello"],
    [
      "chunks",
      ["HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3;x=y\r\nllo\r\n0\r\n\r\n"],
      200,
      "hello",
    ],
    [
      "chunks in pieces",
      ["HTTP/1.1 200 OK\r\nTransfer-Encoding: Chun", "ked\r\n\r", "\n", "2", "\r\nh", "e\r", "\n3\r\nllo\r\n0\r\n\r\n"],
      200,
      "hello",
    ],
    [
      "a status before the status",
      ["HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 404 No\r\nContent-Length: 1\r\n\r\nx"],
      404,
      "x",
    ],
    ["no body", ["HTTP/1.1 204 No Content\r\n\r\n"], 204, ""],
    ["more than the length", ["HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhello"], 200, "he"],
  ] as const) {
    test(`reads ${name}`, TIMEOUT, async () => {
      const answer = await answerTo(pieces);
      assert.deepEqual([answer.status, answer.body], [status, body]);
    });
  }

  test("asks for the path of the host", TIMEOUT, async () => {
    const { seen } = await answerTo(["HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"]);
    assert.equal(seen, "GET /x HTTP/1.1\r\nHost: 100.64.0.1:5253\r\nConnection: close\r\nAccept: a/b\r\n\r\n");
  });

  for (const [name, pieces, message] of [
    ["nothing", [], /breaks off/],
    ["half a head", ["HTTP/1.1 200 OK\r\nA: b\r\n"], /breaks off/],
    ["something else", ["SSH-2.0-OpenSSH\r\n\r\n"], /not HTTP/],
    ["an endless head", ["HTTP/1.1 200 OK\r\n", "a: b\r\n".repeat(20_000)], /not HTTP/],
    ["a header that is none", ["HTTP/1.1 200 OK\r\n: x\r\n\r\n"], /header/],
    ["less than the length", ["HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello"], /breaks off/],
    ["a length that is none", ["HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n"], /length/],
    ["a chunk without a size", ["HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n"], /size/],
    ["chunks without an end", ["HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"], /breaks off/],
  ] as const) {
    test(`refuses ${name}`, TIMEOUT, async () => {
      await assert.rejects(answerTo(pieces), { name: "HttpError", message });
    });
  }

  test("sends no header of a stranger's making", TIMEOUT, async () => {
    await assert.rejects(answerTo([], "/x HTTP/1.1\r\nEvil: 1"), { name: "RangeError" });
  });
});
