import { type ChildProcess, execFile, spawn } from "node:child_process";
import { promisify } from "node:util";
import { FakeTailscaled, statusOf } from "../integration/fake-tailscaled.ts";
import { eventually } from "../lab/eventually.ts";
import { startLab } from "../lab/lab.ts";
import { labObstacle } from "../lab/programs.ts";

/** A tailscaled with peers, and the machine that it runs on. */
export interface Tailnet extends AsyncDisposable {
  /** As it reads in the result. */
  readonly name: string;
  readonly socket: string;
  /** What a program on the machine prints. */
  run(argv: readonly string[]): Promise<string>;
  /** Starts a program on the machine, which ends with the tailnet; returns its process ID. */
  start(argv: readonly string[]): Promise<number>;
}

/** A real tailscaled with that many synthetic peers; a fake one where the lab cannot run. */
export async function startTailnet(peers: number): Promise<Tailnet> {
  return labObstacle() === undefined ? await realTailnet(peers) : await fakeTailnet(peers);
}

async function realTailnet(peers: number): Promise<Tailnet> {
  const lab = await startLab({ nodes: [{ name: "alpha" }], syntheticPeers: peers });
  const { alpha } = lab.nodes;
  const count = async () => Object.keys((await (await alpha.localApi("status")).json()).Peer ?? {}).length;
  await eventually(`${peers} peers`, async () => (await count()) >= peers, 60);
  return {
    name: "a real tailscaled",
    socket: alpha.socket,
    run: (argv) => alpha.namespace.run(argv),
    start: (argv) => alpha.exec(argv, { log: "/dev/null" }).pid(),
    [Symbol.asyncDispose]: () => lab.stop(),
  };
}

async function fakeTailnet(peers: number): Promise<Tailnet> {
  const fake = await FakeTailscaled.start({ status: statusOf(peers) });
  const children: ChildProcess[] = [];
  return {
    name: "a fake tailscaled",
    socket: fake.socketPath,
    run: async ([file = "", ...args]) => (await promisify(execFile)(file, args)).stdout,
    start: async ([file = "", ...args]) => {
      const child = spawn(file, args, { stdio: "ignore" });
      children.push(child);
      return child.pid!;
    },
    [Symbol.asyncDispose]: async () => {
      for (const child of children) child.kill("SIGKILL");
      await fake[Symbol.asyncDispose]();
    },
  };
}
