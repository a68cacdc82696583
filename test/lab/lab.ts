import { Control } from "./control.ts";
import { Hub } from "./namespace.ts";
import { LabNode, type NodeOptions } from "./node.ts";
import { labObstacle } from "./programs.ts";
import { Prometheus, type PrometheusOptions } from "./prometheus.ts";

/** What is to be in the lab. */
export interface LabOptions<Name extends string> {
  readonly nodes: readonly NodeOptions<Name>[];
  /** Peers that exist in the network map only. */
  readonly syntheticPeers?: number;
}

/**
 * A tailnet of real tailscaled processes on this machine, without a way out of it.
 *
 * It ends with {@linkcode Lab.stop}, with the scope of an `await using`, or with this process, however that ends.
 */
export class Lab<Name extends string = string> {
  readonly nodes: Readonly<Record<Name, LabNode>>;
  readonly control: Control;
  /** Namespace of control and DERP, where the nodes' cables meet. It has no Tailscale address. */
  readonly hub: Hub;

  constructor(hub: Hub, control: Control, nodes: Readonly<Record<Name, LabNode>>) {
    this.hub = hub;
    this.control = control;
    this.nodes = nodes;
  }

  /** Folder of all files of the lab; goes with it. */
  get dir(): string {
    return this.hub.folder;
  }

  /** Adds a node, as {@linkcode startLab} does. */
  async addNode(options: NodeOptions): Promise<LabNode> {
    const node = await LabNode.start(this.hub, options);
    if (options.up ?? true) await node.up();
    return node;
  }

  /** Starts a Prometheus on a node, by default the first, whose Tailscale addresses it can then scrape. */
  async startPrometheus(
    config: string,
    { node = Object.values<LabNode>(this.nodes)[0], ...options }: PrometheusOptions & { node?: LabNode } = {},
  ): Promise<Prometheus> {
    return await Prometheus.start((node ?? { namespace: this.hub }).namespace, config, options);
  }

  /** Ends every process of the lab and removes its folder. */
  async stop(): Promise<void> {
    await this.hub.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}

/** A running lab. Its nodes have 100.64.0.1, 100.64.0.2, … in the order given, those that stay logged out left out. */
export async function startLab<const Name extends string>(options: LabOptions<Name>): Promise<Lab<Name>> {
  const obstacle = labObstacle();
  if (obstacle !== undefined) throw new Error(`Cannot start lab: ${obstacle}`);
  const hub = await Hub.open();
  try {
    const control = await Control.start(hub, options.syntheticPeers ?? 0);
    const nodes = await Promise.all(options.nodes.map((node) => LabNode.start(hub, node)));
    // One by one: control counts up the addresses.
    for (const [index, node] of nodes.entries()) {
      if (options.nodes[index]?.up ?? true) await node.up();
    }
    return new Lab(hub, control, Object.fromEntries(nodes.map((node) => [node.name, node])) as Record<Name, LabNode>);
  } catch (error) {
    await hub.close();
    throw error;
  }
}
