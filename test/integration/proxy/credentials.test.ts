import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer, type ServerOptions } from "node:https";
import type { AddressInfo } from "node:net";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import type * as z from "zod/mini";
import { TargetOptions } from "../../../src/proxy/options.ts";
import { startProxy } from "./upstream.ts";

const TIMEOUT = { timeout: 30_000 };
const pathOf = (file: string) => fileURLToPath(new URL(`../../fixtures/tls/${file}`, import.meta.url));
const pem = (file: string) => readFileSync(pathOf(file), "utf8");
const [CA, OTHER] = [{ ca_file: pathOf("one.crt") }, { ca_file: pathOf("two.crt") }];

/** An exporter over TLS, whose certificate is its own authority. It answers with the credentials that it was given. */
async function tlsUpstream(more: ServerOptions = {}) {
  const server = createServer({ cert: pem("one.crt"), key: pem("one.key"), ...more }, (request, response) => {
    response.end(`${request.headers.authorization ?? "none"} ${request.headers["x-key"] ?? "none"}\n`);
  });
  server.on("tlsClientError", () => {});
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

async function answerWith(port: number, options: z.input<typeof TargetOptions>): Promise<[number, string]> {
  await using proxy = startProxy(`app=https://127.0.0.1:${port}/m`, { options: { app: TargetOptions.parse(options) } });
  const response = await fetch(proxy.url);
  return [response.status, await response.text()];
}

describe("proxyHandler with credentials", () => {
  for (const [what, options, want] of [
    ["none", { tls_config: CA }, "none none"],
    ["a token", { tls_config: CA, bearer_token: "t" }, "Bearer t none"],
    ["a password", { tls_config: CA, basic_auth: { username: "ü", password: "p:q" } }, "Basic w7w6cDpx none"],
    ["a header", { tls_config: CA, headers: { "X-Key": "k" } }, "none k"],
    ["a certificate that nobody looks at", { tls_config: { insecure_skip_verify: true } }, "none none"],
    ["a certificate by its other name", { tls_config: { ...CA, server_name: "localhost" } }, "none none"],
  ] as const) {
    test(`scrapes over TLS with ${what}`, TIMEOUT, async () => {
      await using upstream = await tlsUpstream();
      assert.deepEqual(await answerWith(upstream.port, options), [200, `${want}\n`]);
    });
  }

  for (const [what, options, want] of [
    ["an unknown authority", {}, /^Exporter app cannot be reached: \w+\.\n$/],
    ["another authority", { tls_config: OTHER }, /^Exporter app cannot be reached: \w+\.\n$/],
    [
      "another name",
      { tls_config: { ...CA, server_name: "x.example" } },
      /cannot be reached: ERR_TLS_CERT_ALTNAME_INV/,
    ],
    ["a file that is not there", { tls_config: { ca_file: "/none/ca" } }, /cannot be asked: ENOENT.*\/none\/ca/],
    ["a token that is not there", { bearer_token_file: "/none/token" }, /cannot be asked: ENOENT.*\/none\/token/],
  ] as const) {
    test(`answers 502 for an exporter with ${what}`, TIMEOUT, async () => {
      await using upstream = await tlsUpstream();
      const [status, text] = await answerWith(upstream.port, options);
      assert.equal(status, 502);
      assert.match(text, want);
    });
  }

  test("shows a certificate of its own where it is asked for one", TIMEOUT, async () => {
    await using upstream = await tlsUpstream({ ca: pem("two.crt"), requestCert: true, rejectUnauthorized: true });
    const own = { cert_file: pathOf("two.crt"), key_file: pathOf("two.key") };
    assert.deepEqual(await answerWith(upstream.port, { tls_config: { ...CA, ...own } }), [200, "none none\n"]);
    assert.equal((await answerWith(upstream.port, { tls_config: CA }))[0], 502);
  });
});
