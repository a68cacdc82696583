/**
 * The lab for people: `bun test/lab/main.ts --nodes 3 --userspace 1 --peers 5000 --prometheus --agent dist/tsmon`. Prints what
 * runs and where, and ends with Ctrl-C.
 */
import { createServer, type Server } from "node:http";
import { resolve } from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import { type Lab, startLab } from "./lab.ts";
import type { LabNode, NodeOptions } from "./node.ts";
import { PROMETHEUS_URL } from "./prometheus.ts";

const AGENT_PORT = 5253;
const PUBLISHED_PORT = 9090;

const { values: flags } = parseArgs({
  options: {
    nodes: { type: "string", default: "3" },
    userspace: { type: "string", default: "0" },
    peers: { type: "string", default: "0" },
    prometheus: { type: "boolean", default: false },
    agent: { type: "string" },
    help: { type: "boolean", default: false },
  },
});

const HELP = `Runs a tailnet of real tailscaled processes on this machine, offline, until Ctrl-C.

  --nodes N       machines with a network interface (3)
  --userspace N   machines in userspace-networking mode (0)
  --peers N       more peers that exist in the network map only (0)
  --agent PATH    start "PATH agent" on every machine
  --prometheus    start a Prometheus, its API at http://127.0.0.1:${PUBLISHED_PORT} (this build has no pages); it scrapes the agents
`;

function print(line = ""): void {
  process.stdout.write(`${line}\n`);
}

function count(name: "nodes" | "userspace" | "peers"): number {
  const number = Number(flags[name]);
  if (!Number.isSafeInteger(number) || number < 0)
    throw new RangeError(`Cannot use --${name} ${flags[name]}: not a count`);
  return number;
}

function nodeOptions(): NodeOptions[] {
  const tun = Array.from({ length: count("nodes") }, (_, i) => ({ name: `node${i + 1}` }));
  const userspace = Array.from({ length: count("userspace") }, (_, i) => ({ name: `userspace${i + 1}`, tun: false }));
  return [...tun, ...userspace];
}

function describeNode(node: LabNode): void {
  print(`${node.name}\t${node.ip4}\t${node.ip6}${node.tun ? "" : "\tuserspace"}`);
  print(`  socket  ${node.socket}`);
  print(`  logs    ${node.dir}/*.log`);
  print(`  enter   ${node.namespace.enter.join(" ")} bash`);
}

function startAgents(nodes: readonly LabNode[], agent: string): void {
  for (const node of nodes) node.exec([resolve(agent), "agent"], { log: `${node.dir}/agent.log` });
}

async function publishPrometheus(lab: Lab, nodes: readonly LabNode[]): Promise<Server> {
  const targets = flags.agent === undefined ? [] : nodes.map(({ ip4 }) => `${ip4}:${AGENT_PORT}`);
  const job = { job_name: "tsmon", scrape_interval: "5s", static_configs: [{ targets }] };
  const prometheus = await lab.startPrometheus(JSON.stringify({ scrape_configs: [job] })); // JSON is YAML
  return createServer((incoming, outgoing) => {
    const { method = "GET", url = "/" } = incoming;
    prometheus.fetch(url, { method }).then(
      async (response) => {
        outgoing.writeHead(response.status, Object.fromEntries(response.headers));
        outgoing.end(new Uint8Array(await response.arrayBuffer()));
      },
      (error: Error) => outgoing.writeHead(502).end(error.message),
    );
  }).listen(PUBLISHED_PORT, "127.0.0.1");
}

async function main(): Promise<void> {
  if (flags.help) return print(HELP);
  const stopped = new Promise<void>((stop) => {
    process.once("SIGINT", stop);
    process.once("SIGTERM", stop);
  });
  await using lab: Lab = await startLab({ nodes: nodeOptions(), syntheticPeers: count("peers") });
  const nodes = Object.values<LabNode>(lab.nodes);
  nodes.forEach(describeNode);
  print(`control\t${lab.dir}/control.sock (curl --unix-socket, see test/lab/control/main.go)`);
  if (flags.agent !== undefined) startAgents(nodes, flags.agent);
  const server = flags.prometheus ? await publishPrometheus(lab, nodes) : undefined;
  if (server !== undefined)
    print(`prometheus\thttp://127.0.0.1:${PUBLISHED_PORT} (in the lab ${PROMETHEUS_URL} on ${nodes[0]?.name})`);
  print("\nCtrl-C ends the lab.");
  await stopped;
  server?.close();
  server?.closeAllConnections();
}

await main();
