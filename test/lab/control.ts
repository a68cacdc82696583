import { join } from "node:path";
import { eventually } from "./eventually.ts";
import { fetchUnix } from "./http.ts";
import { HUB_ADDRESS, type Hub } from "./namespace.ts";
import type { LabProcess } from "./process.ts";
import { program } from "./programs.ts";

const LOGIN_ADDRESS = `${HUB_ADDRESS}:9911`;

/** URL for `tailscale up --login-server`. */
export const LOGIN_SERVER = `http://${LOGIN_ADDRESS}`;

/** A node as control knows it. Times are RFC 3339. */
export interface ControlNode {
  readonly id: number;
  readonly stableId: string;
  /** FQDN with its final dot. */
  readonly name: string;
  readonly hostname: string;
  /** Prefixes, IPv4 first: "100.64.0.1/32". */
  readonly addresses: readonly string[];
  readonly tags: readonly string[] | null;
  readonly online: boolean | null;
  readonly lastSeen: string | null;
  readonly keyExpiry: string | null;
  /** Approved subnet routes. */
  readonly routes: readonly string[] | null;
  readonly offeredRoutes: readonly string[] | null;
  /** True for a node that exists in the network map only. */
  readonly synthetic: boolean;
}

/** What of a node can be set; what is absent stays. All nodes hear of it at once. */
export interface NodeChange {
  /** null: whatever the node's connection says, which is the default. */
  readonly online?: boolean | null;
  readonly lastSeen?: string | null;
  readonly tags?: readonly string[];
  /** Login name of one of the lab's users; counts while the node has no tags. */
  readonly user?: string;
  /** null: never. */
  readonly keyExpiry?: string | null;
  /** Hostname-like; control makes the DNS name of it. */
  readonly name?: string;
  /** Subnet routes that are approved, offered or not; 0.0.0.0/0 and ::/0 make an exit node. */
  readonly routes?: readonly string[];
}

/** App capabilities for traffic from some addresses (absent: everyone) to every node. */
export interface Grant {
  readonly src?: readonly string[];
  readonly app: Readonly<Record<string, readonly unknown[]>>;
}

/** A health message from control, as tailcfg.DisplayMessage. */
export interface Message {
  readonly Title: string;
  readonly Text: string;
  readonly Severity: "high" | "medium" | "low";
  readonly ImpactsConnectivity?: boolean;
}

/** The running control server, driven over its admin socket. */
export class Control {
  readonly #process: LabProcess;
  readonly #socket: string;

  private constructor(process: LabProcess, socket: string) {
    this.#process = process;
    this.#socket = socket;
  }

  static async start(hub: Hub, peers: number): Promise<Control> {
    const socket = join(hub.folder, "control.sock");
    const flags = ["-listen", LOGIN_ADDRESS, "-derp", HUB_ADDRESS, "-admin", socket, "-peers", `${peers}`];
    const process = hub.start([await program("control"), ...flags], { log: join(hub.folder, "control.log") });
    await eventually("the control server's admin socket", () => fetchUnix(socket, "/tailnet"));
    return new Control(process, socket);
  }

  /** All nodes, by node ID: the real ones, then the synthetic peers. */
  async nodes(): Promise<ControlNode[]> {
    return (await this.#call("GET", "/nodes")) as ControlNode[];
  }

  /** Changes a node, named by its first DNS label or its stable ID. */
  async set(node: string, change: NodeChange): Promise<ControlNode> {
    return (await this.#call("PATCH", `/nodes/${encodeURIComponent(node)}`, change)) as ControlNode;
  }

  /** Removes a node. A real one needs to log in again. */
  async delete(node: string): Promise<void> {
    await this.#call("DELETE", `/nodes/${encodeURIComponent(node)}`);
  }

  /** Makes the number of synthetic peers `count`. From 18 on, all the odd ones of control/peers.go are there. */
  async setPeers(count: number): Promise<void> {
    await this.#call("PATCH", "/tailnet", { peers: count });
  }

  /** Grants these instead of those of before. */
  async setGrants(grants: readonly Grant[]): Promise<void> {
    await this.#call("PATCH", "/tailnet", { grants });
  }

  /** Grants app capabilities to everyone on everyone: `{ "example.com/cap/x": [{ … }] }`. */
  async setAppCaps(app: Grant["app"]): Promise<void> {
    await this.setGrants([{ app }]);
  }

  /** Whether every node may use every node's relay server. */
  async setPeerRelay(allowed: boolean): Promise<void> {
    await this.#call("PATCH", "/tailnet", { peerRelay: allowed });
  }

  /** Health messages that all nodes show, by ID, instead of those of before. */
  async setMessages(messages: Readonly<Record<string, Message>>): Promise<void> {
    await this.#call("PATCH", "/tailnet", { messages });
  }

  /** Makes control unreachable for the nodes. It forgets nothing; DERP goes on. */
  async stop(): Promise<void> {
    await this.#call("PATCH", "/tailnet", { reachable: false });
  }

  /** Makes control reachable again. */
  async start(): Promise<void> {
    await this.#call("PATCH", "/tailnet", { reachable: true });
  }

  /** Sends the process a signal: SIGSTOP makes control and DERP hang, SIGCONT go on. */
  async signal(signal: NodeJS.Signals): Promise<void> {
    await this.#process.signal(signal);
  }

  async #call(method: string, path: string, body?: unknown): Promise<unknown> {
    const init = body === undefined ? { method } : { method, body: JSON.stringify(body) };
    const response = await fetchUnix(this.#socket, path, init);
    const answer = await response.json();
    if (!response.ok) throw new Error(`Cannot ${method} ${path} of control: ${answer.error}`);
    return answer;
  }
}
