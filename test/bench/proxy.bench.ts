import { once } from "node:events";
import { createServer } from "node:http";
import { FakeTailscaled, sendJson, statusOf } from "../integration/fake-tailscaled.ts";
import { startAgent } from "./agent.ts";
import { durationOf, interleave, type Row } from "./harness.ts";
import { memoryOf } from "./server.ts";

const MEGABYTE = 2 ** 20;
const ROUNDS = 200;
const FEW = ["--collector.disable-defaults", "--collector.loadavg"];

/** Cost of the proxy beside a direct scrape, its memory, and the cost of knowing who calls. */
export async function proxyRows(): Promise<Row[]> {
  return [...(await forwardRows()), await identityRow()];
}

async function forwardRows(): Promise<Row[]> {
  await using exporter = await startExporter();
  await using agent = await startAgent(`one:${exporter.port}/1`, `large:${exporter.port}/40`, ...FEW);
  const origin = new URL(agent.url).origin;
  const times = await interleave(
    {
      direct: durationOf(() => read(`http://127.0.0.1:${exporter.port}/1`)),
      proxied: durationOf(() => read(`${origin}/proxy/one`)),
    },
    { rounds: ROUNDS, warmUps: 20 },
  );
  const before = memoryOf(agent.pid);
  for (let i = 0; i < 10; i++) await read(`${origin}/proxy/large`);
  const after = memoryOf(agent.pid);
  return [
    {
      what: "scrape of 1 MB through the proxy",
      value: times.proxied,
      unit: "ms",
      reference: { name: "asked directly", value: times.direct },
      target: { text: "at most 2 ms more", limit: times.direct + 2 },
    },
    {
      what: "the most that was resident in 10 scrapes of 40 MB through the proxy",
      value: after.peak,
      unit: "MB",
      reference: { name: "in 220 scrapes of 1 MB", value: before.peak },
    },
  ];
}

/** A userspace tailscaled hands connections over on loopback, where each caller has to be asked for. */
async function identityRow(): Promise<Row> {
  await using fake = await FakeTailscaled.start({ status: { ...statusOf(1), TUN: false } });
  fake.override("whois", (_, response) => {
    sendJson(response, {
      Node: { ID: 2, StableID: "nBeta", Name: "beta.lab.ts.net.", Tags: ["tag:web"] },
      UserProfile: { ID: 1, LoginName: "tagged-devices", DisplayName: "Tagged Devices" },
      CapMap: null,
    });
  });
  const socket = [`--socket=${fake.socketPath}`, ...FEW];
  await using guarded = await startAgent(...socket, "--web.allow=tag:web");
  await using open = await startAgent(...socket, "--web.allow=any");
  const healthOf = ({ url }: { readonly url: string }) => durationOf(() => read(`${new URL(url).origin}/healthz`));
  const times = await interleave({ guarded: healthOf(guarded), open: healthOf(open) }, { rounds: ROUNDS, warmUps: 20 });
  return {
    what: "request of a caller that is known",
    value: times.guarded,
    unit: "ms",
    reference: { name: "where any caller is welcome", value: times.open },
    target: { text: "at most 1 ms more", limit: times.open + 1 },
  };
}

/** An exporter whose path is the size of its answer in MB. */
async function startExporter() {
  const line = `metric_total{path="/a/b/c",method="GET",code="200"} 12345\n`;
  const text = Buffer.from(line.repeat(MEGABYTE / line.length));
  const server = createServer((request, response) => {
    response.setHeader("Content-Type", "text/plain; version=0.0.4");
    const megabytes = Number(request.url?.slice(1));
    response.setHeader("Content-Length", megabytes * text.length);
    for (let i = 0; i < megabytes; i++) response.write(text);
    response.end();
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as { port: number }).port,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

/** Bytes of an answer that is thrown away as it comes. */
async function read(url: string): Promise<number> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`Cannot read ${url}: ${response.status}`);
  let bytes = 0;
  for await (const chunk of response.body!) bytes += chunk.length;
  return bytes;
}
