import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type RequestListener } from "node:http";
import { type AddressInfo, createServer as createTcpServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { run, TestAgent } from "./agent/tsmon.ts";
import { FakeTailscaled, peerOf, statusOf } from "./fake-tailscaled.ts";

const TIMEOUT = { timeout: 60_000 };
const PEER = "100.64.0.2";
const PONG = { IP: PEER, NodeIP: PEER, NodeName: "host-1", Err: "", LatencySeconds: 0.0041 };

/** An HTTP server on a free port of loopback. */
async function serve(listener: RequestListener) {
  const server = createServer(listener).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return { port, [Symbol.dispose]: () => void server.close() };
}

/** What the doctor finds of host-1 by way of a tailscaled, as `standing subject: text`. */
async function findingsOf(fake: FakeTailscaled, ...flags: string[]) {
  const args = ["doctor", "host-1", "--json", "--timeout=3s", "--socket", fake.socketPath, ...flags];
  const { code, stdout, stderr } = await run(args);
  assert.equal(stderr, "");
  const { findings } = JSON.parse(stdout) as { findings: { subject: string; standing: string; text: string }[] };
  return { code, lines: findings.map(({ subject, standing, text }) => `${standing} ${subject}: ${text}`) };
}

const NO_DISCOVER = "--discover=http://127.0.0.1:1";

describe("tsmon doctor HOST", () => {
  test("all well, with a discover that lists it", TIMEOUT, async () => {
    await using fake = await FakeTailscaled.start({ status: statusOf(2), ping: { [PEER]: PONG } });
    await using agent = await TestAgent.start(["--socket", fake.socketPath, "--collector.disable-defaults"]);
    fake.answers.dial[`${PEER}:5253`] = agent.port;
    let asked = "";
    using discover = await serve((request, response) => {
      asked = request.url ?? "";
      response.end(JSON.stringify([{ targets: [`${PEER}:5253`], labels: {} }]));
    });
    const { code, lines } = await findingsOf(fake, `--discover=http://127.0.0.1:${discover.port}`);
    assert.equal(code, 0, lines.join("\n"));
    assert.equal(asked, "/sd?name=host-1");
    for (const line of [
      /^ok host: host-1 is host-1\.lab\.ts\.net, at 100\.64\.0\.2 and fd7a:/,
      /^ok ping: A disco ping .* answered in 4\.1 ms$/,
      /^ok port: Port 5253 is open to this node$/,
      /^ok agent: tsmon agent \S+ answers with \d+ series$/,
      /^ok discover: tsmon discover lists 100\.64\.0\.2:5253$/,
    ])
      assert.ok(
        lines.some((text) => line.test(text)),
        `${line} in\n${lines.join("\n")}`,
      );
  });

  for (const [title, listener, line] of [
    [
      "a refusal",
      (_, response) => response.writeHead(403).end("no: add --web.allow tag:x\n"),
      /^fail agent: Its agent refuses this node: no: add --web\.allow tag:x$/,
    ],
    ["another program", (_, response) => response.end("<html>\n"), /^warn agent: Something else than tsmon answers/],
    [
      "a server that hangs",
      () => {},
      /^fail agent: It takes the connection and does not answer: no complete answer within 3 s$/,
    ],
    [
      "a server that hangs up",
      (request) => request.socket.destroy(),
      /^fail agent: It takes the connection and does not answer: /,
    ],
    ["an endless answer", (_, response) => endless(response), /^(warn|fail) agent: /],
    [
      "exporters with a bad page",
      (request, response) =>
        response.writeHead(request.url === "/metrics" ? 200 : 500).end('tsmon_build_info{version="1.0.0"} 1\n'),
      /^ok agent: tsmon agent 1\.0\.0 answers with 1 series$/,
    ],
    [
      "exporters",
      (request, response) =>
        response.end(
          request.url === "/metrics"
            ? 'tsmon_build_info{version="1.0.0"} 1\n'
            : '{"exporters":[{"name":"tsmon"},{"name":"node"}]}',
        ),
      /^ok agent: It offers tsmon, node to discovery$/,
    ],
  ] as [string, RequestListener, RegExp][]) {
    test(`${title} at the other end`, TIMEOUT, async () => {
      await using fake = await FakeTailscaled.start({ status: statusOf(2), ping: { [PEER]: PONG } });
      using server = await serve(listener);
      fake.answers.dial[`${PEER}:5253`] = server.port;
      const { lines } = await findingsOf(fake, NO_DISCOVER);
      assert.ok(
        lines.some((text) => line.test(text)),
        `${line} in\n${lines.join("\n")}`,
      );
    });
  }

  test("an agent with TLS at the other end", TIMEOUT, async () => {
    await using fake = await FakeTailscaled.start({ status: statusOf(2), ping: { [PEER]: PONG } });
    const folder = mkdtempSync(join(tmpdir(), "tsmon-doctor-"));
    const certificate = fileURLToPath(new URL("../fixtures/tls/one", import.meta.url));
    const config = join(folder, "web.yml");
    writeFileSync(config, `tls_server_config: {cert_file: ${certificate}.crt, key_file: ${certificate}.key}\n`);
    await using agent = await TestAgent.start(["--collector.disable-defaults", "--web.config.file", config]);
    rmSync(folder, { recursive: true });
    fake.answers.dial[`${PEER}:5253`] = agent.port;
    const { lines } = await findingsOf(fake, NO_DISCOVER);
    assert.match(lines.join("\n"), /^ok agent: tsmon agent \S+ answers with \d+ series$/m);
  });

  test("a server of another protocol at the other end, which waits for more of a TLS handshake", TIMEOUT, async () => {
    await using fake = await FakeTailscaled.start({ status: statusOf(2), ping: { [PEER]: PONG } });
    const server = createTcpServer((socket) => {
      socket.on("data", (bytes) => void (bytes.toString("latin1").startsWith("GET") && socket.write("500 what?\r\n")));
      socket.on("error", () => {});
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    fake.answers.dial[`${PEER}:5253`] = (server.address() as AddressInfo).port;
    const { lines } = await findingsOf(fake, NO_DISCOVER);
    server.close();
    assert.match(lines.join("\n"), /^fail agent: .*the answer is not HTTP$/m);
  });

  test("an offline host is not pinged", TIMEOUT, async () => {
    const status = statusOf(1);
    status.Peer = { "nodekey:1": { ...peerOf(1), Online: false } };
    await using fake = await FakeTailscaled.start({ status });
    const { code, lines } = await findingsOf(fake, NO_DISCOVER);
    assert.equal(code, 1);
    assert.ok(lines.includes("fail host: It is offline, as the control server sees it"), lines.join("\n"));
    assert.ok(!fake.requests.some(({ url }) => url?.includes("ping")));
  });
});

function endless(response: Parameters<RequestListener>[1]): void {
  const timer = setInterval(() => response.write("x".repeat(1 << 20)), 1);
  response.on("close", () => clearInterval(timer));
}
