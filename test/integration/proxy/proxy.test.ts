import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { describe, test } from "node:test";
import { gunzipSync, gzipSync } from "node:zlib";
import { Secret } from "../../../src/config/secret.ts";
import { httpUpstream, rawUpstream, startProxy } from "./upstream.ts";

const TIMEOUT = { timeout: 30_000 };
const METRICS = "# TYPE up gauge\nup 1\n";

describe("proxyHandler", () => {
  test("passes an answer on unchanged, with its type and encoding", TIMEOUT, async () => {
    const body = gzipSync(METRICS);
    await using upstream = await httpUpstream((_, response) => {
      response.writeHead(200, {
        "Content-Type": "application/openmetrics-text; version=1.0.0",
        "Content-Encoding": "gzip",
        "Set-Cookie": "a=b",
        Location: "http://evil.example/",
        "Keep-Alive": "timeout=5",
      });
      response.end(body);
    });
    await using proxy = startProxy(upstream.port);
    const headers = {
      Accept: "application/openmetrics-text;version=1.0.0,text/plain;q=0.5",
      "Accept-Encoding": "gzip",
      "X-Prometheus-Scrape-Timeout-Seconds": "4",
      Authorization: "Bearer of-the-scraper",
      Cookie: "a=b",
      "X-Forwarded-For": "1.2.3.4",
    };
    const raw = await exchange(proxy.port, "GET /proxy/app HTTP/1.1", headers);
    assert.match(raw.head, /^HTTP\/1\.1 200 /);
    assert.match(raw.head, /content-type: application\/openmetrics-text; version=1\.0\.0/i);
    assert.match(raw.head, /content-encoding: gzip/i);
    assert.doesNotMatch(raw.head, /set-cookie|location|keep-alive/i);
    assert.equal(gunzipSync(raw.body).toString(), METRICS);
    const [seen] = upstream.seen;
    assert.deepEqual(
      { ...seen!.headers, connection: undefined },
      {
        host: `127.0.0.1:${upstream.port}`,
        "user-agent": "tsmon",
        accept: headers.Accept,
        "accept-encoding": "gzip",
        "x-prometheus-scrape-timeout-seconds": "3.5",
        connection: undefined,
      },
    );
    assert.deepEqual([seen!.url, seen!.method], ["/metrics", "GET"]);
    assert.deepEqual(proxy.outcomes, ["app ok"]);
  });

  test("asks for what is configured and nothing else", TIMEOUT, async () => {
    await using upstream = await httpUpstream((_, response) => response.end(METRICS));
    await using proxy = startProxy(`app:${upstream.port}/custom/metrics?x=1&y=%2F..`);
    assert.equal(await (await fetch(proxy.url)).text(), METRICS);
    for (const [path, status] of [
      ["/proxy/app/", 404],
      ["/proxy/app/../admin", 404],
      ["/proxy/app%2Fadmin", 404],
      ["/proxy/app?target=evil", 400],
      ["/proxy/other", 404],
      ["/proxy/", 404],
      ["/proxy/..%2f..%2fetc", 404],
      ["/proxy/__proto__", 404],
    ] as const) {
      const answer = await exchange(proxy.port, `GET ${path} HTTP/1.1`);
      assert.match(answer.head, new RegExp(`^HTTP/1\\.1 ${status} `), path);
    }
    assert.deepEqual(
      upstream.seen.map(({ url }) => url),
      ["/custom/metrics?x=1&y=%2F.."],
    );
  });

  test("passes no header on that is none, and asks without it", TIMEOUT, async () => {
    await using upstream = await httpUpstream((_, response) => response.end(METRICS));
    await using proxy = startProxy(upstream.port);
    for (let i = 0; i < 5; i++) {
      // Deno's server refuses the first itself.
      const { head } = await exchange(proxy.port, "GET /proxy/app HTTP/1.1", { Accept: "a\x7fb" });
      assert.match(head, /^HTTP\/1\.1 (?:200|400) /);
      assert.match(
        (await exchange(proxy.port, "GET /proxy/app HTTP/1.1", { Accept: "\xe9" })).head,
        /^HTTP\/1\.1 200 /,
      );
    }
    assert.ok(upstream.seen.every(({ headers }) => headers.accept === undefined));
  });

  test("takes nobody's place when it cannot ask at all", TIMEOUT, async () => {
    await using upstream = await httpUpstream((_, response) => response.end(METRICS));
    const options = { app: { bearer_token: new Secret("€") } };
    await using proxy = startProxy(upstream.port, { options });
    for (let i = 0; i < 6; i++) {
      const response = await fetch(proxy.url);
      assert.equal(response.status, 502);
      assert.match(await response.text(), /^Exporter app cannot be asked: \w+\.\n$/);
    }
    assert.deepEqual(proxy.outcomes, Array(6).fill("app error"));
  });

  test("is no proxy for other hosts", TIMEOUT, async () => {
    await using upstream = await httpUpstream((_, response) => response.end(METRICS));
    await using proxy = startProxy(upstream.port);
    for (const line of [
      "GET http://evil.example/proxy/app HTTP/1.1",
      "GET http://evil.example/ HTTP/1.1",
      "CONNECT evil.example:80 HTTP/1.1",
    ]) {
      await exchange(proxy.port, line).catch(() => undefined);
    }
    assert.ok(
      upstream.seen.every(({ headers, url }) => headers.host === `127.0.0.1:${upstream.port}` && url === "/metrics"),
    );
  });

  test("passes HEAD on", TIMEOUT, async () => {
    await using upstream = await httpUpstream((_, response) => {
      response.writeHead(200, { "Content-Type": "text/plain", "Content-Length": METRICS.length }).end(METRICS);
    });
    await using proxy = startProxy(upstream.port);
    const response = await fetch(proxy.url, { method: "HEAD" });
    assert.deepEqual(
      [response.status, response.headers.get("content-type"), await response.text()],
      [200, "text/plain", ""],
    );
    assert.equal(response.headers.get("content-length"), `${METRICS.length}`);
    assert.equal(upstream.seen[0]!.method, "HEAD");
    assert.deepEqual(proxy.outcomes, ["app ok"]);
  });

  for (const status of [204, 400, 401, 404, 500, 503, 599]) {
    test(`passes the status ${status} on`, TIMEOUT, async () => {
      await using upstream = await httpUpstream((_, response) =>
        response.writeHead(status).end(status === 204 ? "" : "why"),
      );
      await using proxy = startProxy(upstream.port);
      const response = await fetch(proxy.url);
      assert.deepEqual([response.status, await response.text()], [status, status === 204 ? "" : "why"]);
      assert.deepEqual(proxy.outcomes, [status === 204 ? "app ok" : "app status"]);
    });
  }

  test("says that nobody listens", TIMEOUT, async () => {
    const upstream = await httpUpstream(() => {});
    await upstream[Symbol.asyncDispose]();
    await using proxy = startProxy(upstream.port);
    const response = await fetch(proxy.url);
    assert.deepEqual(
      [response.status, await response.text(), proxy.outcomes],
      [502, "Exporter app does not listen (is it running?).\n", ["app down"]],
    );
  });

  const OK = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n";
  for (const [name, bytes, status, text, outcome] of [
    ["hangs up at once", "", 502, /closed the connection|cannot be reached/, "down"],
    ["speaks no HTTP", "SSH-2.0-OpenSSH\r\n", 502, /does not speak HTTP|cannot be reached/, "bad_answer|down"],
    [
      "redirects",
      "HTTP/1.1 302 Found\r\nLocation: http://evil.example/\r\nContent-Length: 0\r\n\r\n",
      502,
      /redirect \(302\)/,
      "redirect",
    ],
    ["sends HTML", `${OK}Content-Length: 20\r\n\r\n<!DOCTYPE html><html`, 502, /HTML page/, "bad_answer"],
    ["sends HTML with a comment", `${OK}Content-Length: 16\r\n\r\n\n<!-- a --><html>`, 502, /HTML page/, "bad_answer"],
    ["sends XHTML", `${OK}Content-Length: 21\r\n\r\n<?xml version="1.0"?>`, 502, /HTML page/, "bad_answer"],
    ["has no body to read", "HTTP/1.1 205 Reset\r\nContent-Length: 0\r\n\r\n", 502, /status 205/, "bad_answer"],
    [
      "switches protocols",
      "HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
      502,
      /./,
      "bad_answer|down",
    ],
    [
      "tells of too much",
      `${OK}Content-Length: 1073741824\r\n\r\n`,
      502,
      /has 1073741824 bytes, more than/,
      "too_large",
    ],
    [
      "has an odd status",
      "HTTP/1.1 999 Odd\r\nContent-Length: 0\r\n\r\n",
      502,
      /999|cannot be reached|HTTP/,
      "bad_answer|down",
    ],
    ["ends before the first byte", `${OK}Content-Length: 100\r\n\r\n`, 502, /broke off/, "cut"],
  ] as const) {
    test(`answers ${status} for an exporter that ${name}`, TIMEOUT, async () => {
      await using upstream = await rawUpstream((socket) => socket.end(bytes));
      await using proxy = startProxy(upstream.port);
      const response = await fetch(proxy.url);
      assert.equal(response.status, status);
      assert.match(await response.text(), text);
      assert.match(proxy.outcomes.join(), new RegExp(`^app (?:${outcome})$`));
      assert.equal(response.headers.get("location"), null);
    });
  }

  for (const [name, bytes] of [
    ["with a length", `${OK}Content-Length: 100\r\n\r\nup 1\n`],
    ["in chunks", `${OK}Transfer-Encoding: chunked\r\n\r\n5\r\nup 1\n\r\n`],
    [
      "in the middle of gzip",
      `${OK}Content-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n\x1f\x8b\x08\x00\x00\r\n`,
    ],
  ] as const) {
    test(`breaks off when the exporter does, ${name}`, TIMEOUT, async () => {
      const begun = Promise.withResolvers<() => void>();
      await using upstream = await rawUpstream((socket) => {
        socket.write(bytes, "latin1");
        begun.resolve(() => socket.destroy());
      });
      await using proxy = startProxy(upstream.port);
      const answer = exchange(proxy.port, "GET /proxy/app HTTP/1.1");
      (await begun.promise)();
      const { isWhole } = await answer;
      await proxy.counted;
      assert.deepEqual([isWhole, proxy.outcomes], [false, ["app cut"]]);
    });
  }

  test("passes on whole what is as long as its connection, and breaks off when that is reset", TIMEOUT, async () => {
    const finish = { end: (socket: Socket) => socket.end(), reset: (socket: Socket) => socket.resetAndDestroy() };
    for (const [how, outcome] of [
      ["end", "ok"],
      ["reset", "cut"],
    ] as const) {
      const begun = Promise.withResolvers<Socket>();
      await using upstream = await rawUpstream((socket) => {
        socket.write(`${OK}\r\nup 1\n`);
        begun.resolve(socket);
      });
      await using proxy = startProxy(upstream.port);
      const answer = fetch(proxy.url);
      const body = (await answer).text().catch(() => "broken");
      finish[how](await begun.promise);
      assert.equal(await body, how === "end" ? "up 1\n" : "broken", how);
      await proxy.counted;
      assert.deepEqual(proxy.outcomes, [`app ${outcome}`]);
    }
  });

  test("breaks off a body that grows too large, and leaves the exporter", TIMEOUT, async () => {
    await using upstream = await httpUpstream((_, response) => {
      const chunk = "x".repeat(65_536);
      const write = () => {
        while (response.write(chunk));
        response.once("drain", write);
      };
      write();
    });
    await using proxy = startProxy(upstream.port);
    const { isWhole, body } = await exchange(proxy.port, "GET /proxy/app HTTP/1.1");
    assert.equal(isWhole, false);
    assert.ok(body.length <= 1024 * 1024 + 65_536);
    await upstream.left;
    assert.deepEqual(proxy.outcomes, ["app too_large"]);
  });

  test("answers 504 before the scraper's timeout for an exporter that hangs", TIMEOUT, async () => {
    await using upstream = await rawUpstream(() => {});
    await using proxy = startProxy(upstream.port);
    const response = await fetch(proxy.url, { headers: { "X-Prometheus-Scrape-Timeout-Seconds": "0.6" } });
    assert.deepEqual(
      [response.status, await response.text(), proxy.outcomes],
      [504, "Exporter app gave no complete answer in 0.3 s.\n", ["app timeout"]],
    );
    await upstream.left;
  });

  test("answers 504 for an exporter that sends its headers byte by byte", TIMEOUT, async () => {
    await using upstream = await rawUpstream((socket) => {
      const timer = setInterval(() => socket.write("H"), 20);
      socket.on("close", () => clearInterval(timer));
    });
    await using proxy = startProxy(upstream.port);
    const response = await fetch(proxy.url, { headers: { "X-Prometheus-Scrape-Timeout-Seconds": "0.6" } });
    assert.ok([502, 504].includes(response.status));
    await upstream.left;
  });

  for (const [framing, start] of [
    ["in chunks", "Transfer-Encoding: chunked\r\n\r\n5\r\nup 1\n\r\n"],
    ["with a length", "Content-Length: 100\r\n\r\nup 1\n"],
    ["as long as its connection", "\r\nup 1\n"],
  ] as const) {
    test(`breaks off a body that does not end in time, ${framing}`, TIMEOUT, async () => {
      await using upstream = await rawUpstream((socket) => socket.write(OK + start));
      await using proxy = startProxy(upstream.port);
      const headers = { "X-Prometheus-Scrape-Timeout-Seconds": "3" };
      const { isWhole, body } = await exchange(proxy.port, "GET /proxy/app HTTP/1.1", headers);
      assert.equal(isWhole, false);
      assert.match(body.toString(), /up 1/);
      assert.deepEqual(proxy.outcomes, ["app timeout"]);
      await upstream.left;
    });
  }

  for (const begins of [false, true]) {
    test(`leaves the exporter when the scraper has gone ${begins ? "in" : "before"} the body`, TIMEOUT, async () => {
      const asked = Promise.withResolvers<void>();
      await using upstream = await rawUpstream((socket) => {
        if (begins) socket.write(`${OK}Transfer-Encoding: chunked\r\n\r\n5\r\nup 1\n\r\n`);
        asked.resolve();
      });
      await using proxy = startProxy(upstream.port);
      const socket = connect(proxy.port, "127.0.0.1");
      socket.write("GET /proxy/app HTTP/1.1\r\nHost: localhost\r\n\r\n");
      await asked.promise;
      if (begins) await once(socket, "data");
      socket.destroy();
      await upstream.left;
      await proxy.counted;
      assert.deepEqual(proxy.outcomes, ["app canceled"]);
    });
  }

  test("makes the exporter wait for a slow scraper instead of keeping its answer", TIMEOUT, async () => {
    let sent = 0;
    const stuck = Promise.withResolvers<void>();
    await using upstream = await httpUpstream((_, response) => {
      const chunk = "x".repeat(65_536);
      const write = () => {
        clearTimeout(timer);
        while (response.write(chunk)) sent += chunk.length;
        timer = setTimeout(stuck.resolve, 300);
        response.once("drain", write);
      };
      let timer = setTimeout(stuck.resolve, 5000);
      write();
    });
    await using proxy = startProxy(upstream.port, { maxBytes: 1024 ** 3 });
    const socket = connect(proxy.port, "127.0.0.1");
    socket.pause();
    socket.write("GET /proxy/app HTTP/1.1\r\nHost: localhost\r\n\r\n");
    await stuck.promise;
    // What the system keeps for three sockets.
    assert.ok(sent < 32 * 1024 * 1024, `${sent} bytes`);
    socket.destroy();
    await upstream.left;
  });

  test("refuses more scrapes at once than its limit, and goes on after them", TIMEOUT, async () => {
    const waiting: (() => void)[] = [];
    const all = Promise.withResolvers<void>();
    await using upstream = await httpUpstream((_, response) => {
      waiting.push(() => response.end(METRICS));
      if (waiting.length === 4) all.resolve();
      if (waiting.length > 4) response.end(METRICS);
    });
    await using proxy = startProxy(upstream.port);
    const first = Array.from({ length: 4 }, () => fetch(proxy.url));
    await all.promise;
    const refused = await fetch(proxy.url);
    assert.deepEqual(
      [refused.status, await refused.text()],
      [503, "Exporter app is asked too often at once (limit 4).\n"],
    );
    for (const answer of waiting) answer();
    for (const response of await Promise.all(first)) assert.equal(await response.text(), METRICS);
    assert.equal((await fetch(proxy.url)).status, 200);
    assert.deepEqual(proxy.outcomes, ["app busy", ...Array.from({ length: 5 }, () => "app ok")]);
  });
});

/** An HTTP exchange as bytes, since clients hide what this is about. */
async function exchange(port: number, line: string, headers: Record<string, string> = {}) {
  const socket = connect(port, "127.0.0.1");
  const lines = Object.entries({ Host: "localhost", Connection: "close", ...headers }).map(
    ([name, value]) => `${name}: ${value}`,
  );
  socket.write(`${[line, ...lines].join("\r\n")}\r\n\r\n`);
  const chunks: Uint8Array[] = [];
  socket.on("data", (chunk: Buffer) => chunks.push(chunk));
  socket.on("error", () => {});
  await new Promise((resolve) => socket.once("close", resolve)); // once() would reject at a reset
  const bytes = Buffer.concat(chunks);
  const end = bytes.indexOf("\r\n\r\n");
  const head = bytes.subarray(0, end).toString();
  const body = bytes.subarray(end + 4);
  const isChunked = /^transfer-encoding: chunked/im.test(head);
  const length = /^content-length: (\d+)/im.exec(head)?.[1];
  const isWhole = isChunked ? body.subarray(-5).toString() === "0\r\n\r\n" : Number(length) === body.length;
  return { head, body: isChunked ? dechunk(body) : body, isWhole };
}

function dechunk(bytes: Buffer): Buffer {
  const chunks: Buffer[] = [];
  let rest = bytes;
  while (rest.length > 0) {
    const end = rest.indexOf("\r\n");
    const length = Number.parseInt(rest.subarray(0, end).toString(), 16);
    if (!(length > 0)) break;
    chunks.push(rest.subarray(end + 2, end + 2 + length));
    rest = rest.subarray(end + 4 + length);
  }
  return Buffer.concat(chunks);
}
