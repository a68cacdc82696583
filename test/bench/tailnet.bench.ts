import { BINARY } from "../e2e/binary.ts";
import { eventually } from "../lab/eventually.ts";
import { interleave, type Row } from "./harness.ts";
import { memoryOf } from "./server.ts";
import { startTailnet, type Tailnet } from "./tailnet.ts";

const PEERS = 5000;
const ROUNDS = 20;
const WARM_UPS = 2;
/** What a call leaves behind, such as a garbage collection, is over by then and burdens no other. */
const SETTLE_MS = 500;
const COLLECTORS = ["up", "node", "peers", "derp", "health", "usermetrics"].map(
  (name) => `--collector.tailscale_${name}`,
);
const STATUS_URL = "http://local-tailscaled.sock/localapi/v0/status";

/** A scrape of the tailnet's collectors with 5,000 peers, beside the bare `status` call that it cannot do without. */
export async function tailnetRows(): Promise<Row[]> {
  await using tailnet = await startTailnet(PEERS);
  const byDefault = await startAgent(tailnet, 5253, "auto");
  const all = await startAgent(tailnet, 5254, "all");
  const times = await interleave(
    {
      bare: () => downloadMs(tailnet, "--unix-socket", tailnet.socket, STATUS_URL),
      byDefault: () => downloadMs(tailnet, "--compressed", byDefault.url),
      all: () => downloadMs(tailnet, "--compressed", all.url),
    },
    { rounds: ROUNDS, warmUps: WARM_UPS },
  );
  const reference = { name: "its status alone", value: times.bare };
  const memory = { byDefault: memoryOf(byDefault.pid), all: memoryOf(all.pid) };
  const scrape = `scrape beside ${tailnet.name} with ${PEERS} peers`;
  const limit = { text: "at most 1.3 times", limit: times.bare * 1.3 };
  const resident = { text: "at most 90 MB", limit: 90 };
  const after = `${ROUNDS + WARM_UPS} such scrapes`;
  return [
    { what: scrape, value: times.byDefault, unit: "ms", reference, target: limit },
    { what: `${scrape}, --peers all`, value: times.all, unit: "ms", reference },
    { what: `resident memory after ${after}`, value: memory.byDefault.resident, unit: "MB", target: resident },
    { what: `the most that was resident in ${after}`, value: memory.byDefault.peak, unit: "MB" },
    { what: `resident memory after ${after}, --peers all`, value: memory.all.resident, unit: "MB" },
  ];
}

async function startAgent(tailnet: Tailnet, port: number, peers: string) {
  const url = `http://127.0.0.1:${port}/metrics`;
  const flags = [`--web.listen=127.0.0.1:${port}`, `--socket=${tailnet.socket}`, `--peers=${peers}`];
  const pid = await tailnet.start([BINARY, "agent", "--collector.disable-defaults", ...COLLECTORS, ...flags]);
  await eventually("an answer of the agent", () => downloadMs(tailnet, url));
  return { url, pid };
}

/** By curl's own clock: to enter the lab's machine takes longer than the call. */
async function downloadMs({ run }: Tailnet, ...target: string[]): Promise<number> {
  await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
  const seconds = await run(["curl", "-sSf", "-o", "/dev/null", "-w", "%{time_total}", ...target]);
  return Number(seconds) * 1000;
}
