import { TAILNET_COLLECTORS } from "../../src/exporter/collectors/tailnet/table.ts";
import { program } from "../lab/programs.ts";
import { startAgent } from "./agent.ts";
import { interleave, type Row } from "./harness.ts";
import { type HostSize, makeHost } from "./host-tree.ts";
import { cpuMs, type Server, scrape, startServer } from "./server.ts";

const SMALL: HostSize = { cpus: 4, mounts: 10, interfaces: 4 };
/** One kind grows at a time. */
const SIZES: Readonly<Record<string, HostSize>> = {
  "4 CPUs, 10 mounts, 4 interfaces": SMALL,
  "32 CPUs": { ...SMALL, cpus: 32 },
  "256 CPUs": { ...SMALL, cpus: 256 },
  "200 mounts": { ...SMALL, mounts: 200 },
  "500 interfaces": { ...SMALL, interfaces: 500 },
};
const OURS = TAILNET_COLLECTORS.map(({ name }) => `--no-collector.${name}`);
const SCRAPES = 40;

/** How CPU of a scrape grows with a host made of files, beside node_exporter on the same host. */
export async function growthRows(): Promise<Row[]> {
  const rows: Row[] = [];
  for (const [name, size] of Object.entries(SIZES)) rows.push(await rowOf(name, size));
  return rows;
}

async function rowOf(name: string, size: HostSize): Promise<Row> {
  using host = makeHost(size);
  const nodeExporter = await program("nodeExporter");
  await using ours = await startAgent(...OURS, ...host.flags);
  await using theirs = await startServer((port) => [
    nodeExporter,
    `--web.listen-address=127.0.0.1:${port}`,
    ...host.flags,
  ]);
  const times = await interleave(
    { ours: () => cpuPerScrape(ours), theirs: () => cpuPerScrape(theirs) },
    { rounds: 3, warmUps: 3 },
  );
  return {
    what: `CPU of a scrape, host of files with ${name}`,
    value: times.ours,
    unit: "ms",
    reference: { name: "node_exporter", value: times.theirs },
  };
}

async function cpuPerScrape({ pid, url }: Server): Promise<number> {
  const before = cpuMs(pid);
  await scrape(url, SCRAPES);
  return (cpuMs(pid) - before) / SCRAPES;
}
