/**
 * Captures test/fixtures/localapi/VERSION from a lab: `bun test/lab/capture.ts`. Keys in the files are keys of that lab,
 * which is gone by the time they are read.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { release } from "node:os";
import process from "node:process";
import { eventually } from "./eventually.ts";
import { type Lab, startLab } from "./lab.ts";
import { type LabNode, NEVER_DIRECT, RELAYED } from "./node.ts";
import { TAILSCALE_VERSION } from "./programs.ts";
import { pathTo } from "./status.ts";

const FOLDER = new URL(`../fixtures/localapi/${TAILSCALE_VERSION}/`, import.meta.url);
/** Initial state, initial health, no network map. */
const BUS_MASK = 2 | 128 | 8192;

const NODES = [
  { name: "alpha" },
  { name: "direct" },
  { name: "relayed", env: RELAYED },
  { name: "userspace", tun: false },
  { name: "offline" },
  { name: "fresh", up: false },
] as const;

type Names = (typeof NODES)[number]["name"];

async function captureTailnet(lab: Lab<Names>): Promise<void> {
  const { alpha, direct, relayed, offline, fresh } = lab.nodes;
  await lab.control.set("direct", { tags: ["tag:web", "tag:prod"], routes: ["10.1.0.0/16"] });
  await lab.control.set("relayed", { keyExpiry: "2036-01-02T03:04:05Z" });
  await offline.kill();
  await traffic(lab, direct, "direct");
  await traffic(lab, relayed, "derp");
  await eventually("offline offline", async () => (await pathTo(alpha, "offline")) === "offline");

  await save("status.json", alpha, "status");
  await save("status-peers-false.json", alpha, "status?peers=false");
  await save("status-needs-login.json", fresh, "status");
  await save("prefs.json", alpha, "prefs");
  await save("derpmap.json", alpha, "derpmap");
  await save("usermetrics.txt", alpha, "usermetrics");
  await save("ping-disco.json", alpha, `ping?ip=${direct.ip4}&type=disco`, "POST");
  await save("ping-disco-derp.json", alpha, `ping?ip=${relayed.ip4}&type=disco`, "POST");
  await captureWhois(lab);
  await captureBus(lab);
  await lab.control.setPeers(20);
  await eventually("20 more peers", async () => (await statusText(alpha)).includes("node-0020"));
  await save("status-synthetic.json", alpha, "status");
}

async function captureWhois({ control, nodes: { alpha, direct } }: Lab<Names>): Promise<void> {
  const path = `whois?addr=${direct.ip4}:40000&proto=tcp`;
  await save("whois.json", alpha, path);
  await control.setAppCaps({ "tsmon.dev/cap/scrape": [{ exporters: ["node"], endpoints: ["metrics"] }, {}] });
  await eventually("the capability", async () => (await (await alpha.localApi(path)).text()).includes("tsmon.dev/cap"));
  await save("whois-caps.json", alpha, path);
}

/** Sends through the tailnet until the path is there, so that byte counters and the handshake are real. */
async function traffic({ nodes: { alpha } }: Lab<Names>, peer: LabNode, path: string): Promise<void> {
  await eventually(`a ${path} path to ${peer.name}`, async () => {
    await alpha.cli("ping", "--icmp", "-c", "1", peer.ip4);
    return (await pathTo(alpha, peer.name)) === path;
  });
  await alpha.cli("ping", "--icmp", "-c", "3", peer.ip4); // the first went by another path
}

/** The bus from its first message over a warning that comes and a `down` and `up`. */
async function captureBus({ control, nodes: { alpha } }: Lab<Names>): Promise<void> {
  const bus = openBus(alpha);
  await eventually("the first bus message", () => bus.text().includes("\n"));
  const text = "This message is a test of the lab.";
  await control.setMessages({ "lab-test": { Title: "Lab test", Text: text, Severity: "medium" } });
  await eventually("the warning on the bus", () => bus.text().includes("lab-test"));
  await alpha.cli("down");
  await eventually("Stopped on the bus", () => bus.text().includes('"State":4'));
  await control.setMessages({});
  await alpha.up();
  await eventually("Running on the bus", () => bus.text().split('"State":6').length > 2);
  bus.close();
  write("watch-ipn-bus.jsonl", bus.text().replace(/[^\n]*$/, ""));
}

function openBus({ socket: socketPath }: LabNode): { text: () => string; close: () => void } {
  let text = "";
  const headers = { Host: "local-tailscaled.sock" };
  const path = `/localapi/v0/watch-ipn-bus?mask=${BUS_MASK}`;
  const outgoing = request({ socketPath, path, headers, agent: false }, (incoming) => {
    incoming.setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk;
    });
    incoming.on("error", () => {}); // our own close
  });
  outgoing.on("error", () => {});
  outgoing.end();
  return { text: () => text, close: () => outgoing.destroy() };
}

/** A path over a peer relay: both ends refuse direct ones, a third node forwards. */
async function capturePeerRelay(): Promise<void> {
  const ends = [{ name: "alpha", env: NEVER_DIRECT }, { name: "beta", env: NEVER_DIRECT }, { name: "relay" }] as const;
  await using lab = await startLab({ nodes: ends });
  const { alpha, beta, relay } = lab.nodes;
  await lab.control.setPeerRelay(true);
  await relay.startRelay();
  await eventually("a path over the relay", async () => {
    await alpha.cli("ping", "--icmp", "-c", "1", beta.ip4);
    return (await pathTo(alpha, "beta")) === "peer-relay";
  });
  await save("status-peer-relay.json", alpha, "status");
  await save("usermetrics-peer-relay-server.txt", relay, "usermetrics");
}

async function statusText(node: LabNode): Promise<string> {
  return await (await node.localApi("status")).text();
}

async function save(file: string, node: LabNode, path: string, method = "GET"): Promise<void> {
  const response = await node.localApi(path, { method });
  if (!response.ok) throw new Error(`Cannot capture ${path}: ${response.status} ${await response.text()}`);
  write(file, await response.text());
}

/** Takes out what tells of this machine. */
function write(file: string, text: string): void {
  const sanitised = text.replaceAll(release(), "6.12.0").replaceAll(/\/tmp\/tsmon-lab-\w+/g, "/lab");
  writeFileSync(new URL(file, FOLDER), sanitised);
  process.stderr.write(`lab: captured ${file}\n`);
}

mkdirSync(FOLDER, { recursive: true });
{
  await using lab = await startLab({ nodes: NODES });
  await captureTailnet(lab);
}
await capturePeerRelay();
