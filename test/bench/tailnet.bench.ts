import { BINARY } from "../e2e/binary.ts";
import { eventually } from "../lab/eventually.ts";
import { startLab } from "../lab/lab.ts";
import { labObstacle } from "../lab/programs.ts";
import { median, memoryMb, type Row } from "./harness.ts";

const PEERS = 5000;
const ROUNDS = 15;

/** A scrape of a real tailscaled with 5,000 peers, beside its bare `status`; nothing where the lab cannot run. */
export async function tailnetRows(): Promise<Row[]> {
  if (labObstacle() !== undefined) return [];
  await using lab = await startLab({ nodes: [{ name: "alpha" }], syntheticPeers: PEERS });
  const { alpha } = lab.nodes;
  const agent = alpha.exec([
    BINARY,
    "agent",
    "--collector.disable-defaults",
    ...["up", "node", "peers", "derp", "health", "usermetrics"].map((name) => `--collector.tailscale_${name}`),
  ]);
  await eventually("the agent", () => agent.stderr.includes("Serving metrics"));
  await eventually(
    "all peers",
    async () => Object.keys((await (await alpha.localApi("status")).json()).Peer ?? {}).length >= PEERS,
  );
  // curl's own clock, inside the node: entering it costs more than the call.
  const seconds = (...target: string[]) =>
    alpha.namespace
      .run(["curl", "-sS", "-o", "/dev/null", "-w", "%{time_total}", ...target])
      .then((text) => Number(text) * 1000);
  const times = { ours: [] as number[], bare: [] as number[] };
  for (let round = 0; round < ROUNDS; round++) {
    times.bare.push(await seconds("--unix-socket", alpha.socket, "http://local-tailscaled.sock/localapi/v0/status"));
    times.ours.push(await seconds("--compressed", "http://127.0.0.1:5253/metrics"));
  }
  const { rss } = memoryMb(await agent.pid());
  const [ours, bare] = [median(times.ours), median(times.bare)];
  return [
    {
      what: `scrape with ${PEERS} peers`,
      ours,
      reference: bare,
      unit: "ms",
      beside: "tailscaled's status alone",
      target: "at most 1.3 times",
      met: ours <= bare * 1.3,
    },
    {
      what: `resident memory after ${ROUNDS} such scrapes`,
      ours: rss,
      reference: undefined,
      unit: "MB",
      beside: "",
      target: "at most 90 MB",
      met: rss <= 90,
    },
  ];
}
