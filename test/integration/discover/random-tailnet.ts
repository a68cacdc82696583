import type { ServerResponse } from "node:http";
import { random } from "../../random.ts";
import { FakeTailscaled, sendJson, sendText } from "../fake-tailscaled.ts";
import { exporter, FakeAgent } from "./fake-agent.ts";
import { peerAt, statusAt } from "./test-discover.ts";

interface Node {
  readonly number: number;
  readonly agent: FakeAgent;
  exporters: readonly string[];
  isOnline: boolean;
  name: string;
}

const NAMES = ["tsmon", "postgres", "node", "redis"];
const PATHS: Readonly<Record<string, string>> = { tsmon: "" };
/** Below it one node that leaves is half of the tailnet. */
const FEWEST = 4;

/** A tailnet to which things happen by chance, each seed always the same, and a tailscaled that may lie about it. */
export class RandomTailnet implements AsyncDisposable {
  readonly tailscaled: FakeTailscaled;
  readonly port: number;
  /** Every target that there ever was. */
  readonly everTold = new Set<string>();
  /** Whether tailscaled tells the truth now. */
  isTruthful = true;
  readonly #random: () => number;
  readonly #nodes: Node[] = [];
  readonly #gone: Node[] = [];
  #next = 1;

  private constructor(tailscaled: FakeTailscaled, first: FakeAgent, seed: number) {
    this.tailscaled = tailscaled;
    this.port = first.port;
    this.#random = random(seed);
    this.#add(first);
  }

  static async start(seed: number): Promise<RandomTailnet> {
    const tailscaled = await FakeTailscaled.start();
    const tailnet = new RandomTailnet(tailscaled, await FakeAgent.start("127.0.1.1", 0), seed);
    while (tailnet.#nodes.length < FEWEST) await tailnet.#join();
    tailnet.#tell();
    return tailnet;
  }

  /** Targets of the nodes that there are. */
  get living(): string[] {
    return this.#nodes.flatMap((node) => this.#targetsOf(node));
  }

  /** Lets one thing happen, and returns what. */
  async step(listed: ReadonlySet<string>): Promise<string> {
    const node = this.#pick(this.#nodes);
    const happenings: readonly (readonly [string, () => unknown])[] = [
      ["a node joins", () => this.#join()],
      ["a node leaves", () => this.#nodes.length > FEWEST && this.#leave(node)],
      ["a node is renamed", () => (node.name = `name-${this.#next++}`)],
      ["a node comes or goes", () => (node.isOnline = !node.isOnline)],
      ["an agent offers something else", () => this.#offer(node)],
      ["an agent is silent", () => this.#silence(node)],
      ["an agent speaks", () => node.agent.restore()],
      ["tailscaled lies", () => this.#lie(listed)],
      ["tailscaled lies otherwise", () => this.#lie(listed)],
      ["tailscaled tells the truth", () => this.tell()],
    ];
    const [what, happen] = this.#pick(happenings);
    await happen();
    if (this.isTruthful) this.#tell();
    return `${what} (${node.number})`;
  }

  /** Has tailscaled tell the truth. */
  tell(): void {
    this.isTruthful = true;
    this.tailscaled.restore();
    this.#tell();
  }

  /** Has every node be online with an agent that speaks, and tailscaled tell so. */
  heal(): void {
    for (const node of this.#nodes) {
      node.isOnline = true;
      node.agent.restore();
    }
    this.tell();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { agent } of [...this.#nodes, ...this.#gone]) await agent[Symbol.asyncDispose]();
    await this.tailscaled[Symbol.asyncDispose]();
  }

  #tell(): void {
    this.tailscaled.answers.status = this.#status(this.#nodes);
  }

  #status(nodes: readonly Node[]): Record<string, unknown> {
    const peers = nodes.map(({ number, name, isOnline }) => {
      const more = { Online: isOnline, HostName: name, DNSName: `${name}.lab.ts.net.` };
      return [`nodekey:${number}`, peerAt(number, more)];
    });
    return { ...statusAt(), Peer: Object.fromEntries(peers) };
  }

  #lie(listed: ReadonlySet<string>): void {
    this.isTruthful = false;
    const known = this.#nodes.filter((node) => this.#targetsOf(node).some((target) => listed.has(target)));
    const allButOne = this.#status(known.slice(1)); // which is to be believed of a tailscaled that runs
    const half = this.#status(known.slice(0, known.length / 2));
    const whole = this.#status(this.#nodes);
    const lie = this.#pick<(response: ServerResponse) => void>([
      (response) => response.destroy(),
      (response) => response.end("<html></html>"),
      (response) => response.end("null"),
      (response) => response.end(JSON.stringify(whole, null, "\t").slice(0, 2000)),
      (response) => sendText(response, 500, "no\n"),
      (response) => sendJson(response, this.#status([])),
      (response) => sendJson(response, { ...whole, Peer: null }),
      (response) => sendJson(response, { ...allButOne, BackendState: "Starting" }),
      (response) => sendJson(response, half),
      (response) => sendJson(response, half),
    ]);
    this.tailscaled.override("status", (_, response, query) =>
      query.get("peers") === "false" ? sendJson(response, { ...whole, Peer: null }) : lie(response),
    );
  }

  async #join(): Promise<void> {
    this.#add(await FakeAgent.start(`127.0.1.${this.#next}`, this.port));
  }

  #add(agent: FakeAgent): void {
    const number = this.#next++;
    const ip = `127.0.1.${number}`;
    this.tailscaled.answers.ping[ip] = { IP: ip, NodeIP: ip, NodeName: `name-${number}`, Err: "", LatencySeconds: 0 };
    const node = { number, agent, exporters: [], isOnline: true, name: `name-${number}` };
    this.#nodes.push(node);
    this.#offer(node);
  }

  #leave(node: Node): void {
    this.#nodes.splice(this.#nodes.indexOf(node), 1);
    this.#gone.push(node);
  }

  #offer(node: Node): void {
    node.exporters = NAMES.filter((name) => name === "tsmon" || this.#random() < 0.5);
    node.agent.exporters = node.exporters.map((name) => exporter(name));
    for (const target of this.#targetsOf(node)) this.everTold.add(target);
  }

  #silence({ agent }: Node): void {
    agent.override("/.well-known/tsmon", (_, response) => response.destroy());
  }

  #targetsOf({ number, exporters }: Node): string[] {
    return exporters.map((name) => `127.0.1.${number}:${this.port}${PATHS[name] ?? `/proxy/${name}`}`);
  }

  #pick<Item>(items: readonly Item[]): Item {
    return items[Math.floor(this.#random() * items.length)]!;
  }
}
