import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { test } from "node:test";
import { AskError, askHost } from "../../../../src/modes/shared/ask-host.ts";
import { dialDirectly } from "../../../../src/modes/shared/dial.ts";

const QUESTION = { host: "127.0.0.1", path: "/x?y", accept: "text/plain", timeoutSeconds: 60, maxBytes: 10 };
const SIGNAL = new AbortController().signal;

/** A host that answers with bytes as they are; nothing more comes after them unless the connection ends. */
async function hostOf(answer: string, { isEnded = true } = {}) {
  const requests: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.once("data", (data) => {
      requests.push(data.toString());
      if (isEnded) socket.end(answer);
      else socket.write(answer);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    requests,
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

test("askHost() asks for the path, and gives the text", async () => {
  await using host = await hostOf("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n0123456789");
  const text = await askHost(dialDirectly, { ...QUESTION, port: host.port }, SIGNAL);
  assert.equal(text, "0123456789");
  assert.match(host.requests[0]!, new RegExp(`^GET /x\\?y HTTP/1\\.1\r\nHost: 127\\.0\\.0\\.1:${host.port}\r\n`));
  assert.match(host.requests[0]!, /\r\nAccept: text\/plain\r\n/);
});

for (const [name, answer, failure, message] of [
  ["another status", "HTTP/1.1 403 No\r\n\r\n", "denied", "status 403"],
  ["a redirect", "HTTP/1.1 302 No\r\nLocation: http://127.0.0.1:1/\r\n\r\n", "denied", "status 302"],
  ["too much", `HTTP/1.1 200 OK\r\n\r\n${"x".repeat(11)}`, "too_large", "the answer has more than 10 bytes"],
  ["something else", "SSH-2.0-x\r\n\r\n", "nonsense", "the answer is not HTTP"],
  ["a part", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx", "nonsense", "the answer breaks off"],
] as const) {
  test(`askHost() tells of a host that answers ${name} as ${failure}`, async () => {
    await using host = await hostOf(answer);
    await assert.rejects(askHost(dialDirectly, { ...QUESTION, port: host.port }, SIGNAL), { failure, message });
  });
}

for (const [name, answer] of [
  ["nothing", ""],
  ["a part", "HTTP/1.1 200 OK\r\n\r\nx"],
] as const) {
  test(`askHost() gives up on a host that answers ${name} and then hangs`, async () => {
    await using host = await hostOf(answer, { isEnded: false });
    const question = { ...QUESTION, port: host.port, timeoutSeconds: 0.1 };
    await assert.rejects(askHost(dialDirectly, question, SIGNAL), {
      failure: "timeout",
      message: "no whole answer in 0.1 s",
    });
  });
}

test("askHost() tells of a host that cannot be reached, and of a caller who gave up before", async () => {
  const refuse = () => Promise.reject(new Error("ECONNREFUSED"));
  const question = { ...QUESTION, port: 1 };
  await assert.rejects(askHost(refuse, question, SIGNAL), { failure: "refused", message: "ECONNREFUSED" });
  await assert.rejects(
    askHost(() => Promise.reject(new Error("EHOSTUNREACH")), question, SIGNAL),
    { failure: "unreachable" },
  );
  await assert.rejects(
    askHost(dialDirectly, question, AbortSignal.abort()),
    (error) => error instanceof AskError && error.failure === "timeout",
  );
});
