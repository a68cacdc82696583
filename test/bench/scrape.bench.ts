import { setTimeout } from "node:timers/promises";
import { TAILNET_COLLECTORS } from "../../src/exporter/collectors/tailnet/table.ts";
import { program } from "../lab/programs.ts";
import { startAgent } from "./agent.ts";
import { interleave, type Row } from "./harness.ts";
import { cpuMs, type Memory, memoryOf, type Server, scrape, startServer } from "./server.ts";

/** What node_exporter does not have. The collectors of the host are those that both programs turn on by default. */
const FLAGS = TAILNET_COLLECTORS.map(({ name }) => `--no-collector.${name}`);
const SCRAPES = 200;
const ROUNDS = 3;
/** Shorter than any scrape interval. */
const PAUSE_MS = 1000;

interface Figures {
  readonly series: number;
  /** CPU of one of the first {@linkcode SCRAPES}. */
  readonly firstMs: number;
  /** Right after the last of them, with no time for anything. */
  readonly atWork: Memory;
  /** A moment later. */
  readonly idle: Memory;
}

/** CPU of a scrape and memory after 200, beside node_exporter, both with their default collectors of the host. */
export async function scrapeRows(): Promise<Row[]> {
  const nodeExporter = await program("nodeExporter");
  await using ours = await startAgent(...FLAGS);
  await using theirs = await startServer((port) => [nodeExporter, `--web.listen-address=127.0.0.1:${port}`]);
  const [own, other] = [await firstFigures(ours), await firstFigures(theirs)];
  const perScrape = await interleave(
    { ours: () => cpuPerScrape(ours), theirs: () => cpuPerScrape(theirs) },
    { rounds: ROUNDS, warmUps: 0 },
  );
  return [cpuRow(own, other, perScrape), ...otherRows(own, other)];
}

/** The first scrapes serve as warm-up of those that count. */
async function firstFigures(server: Server): Promise<Figures> {
  const before = cpuMs(server.pid);
  const series = await scrape(server.url, SCRAPES);
  const firstMs = (cpuMs(server.pid) - before) / SCRAPES;
  const atWork = memoryOf(server.pid);
  await setTimeout(PAUSE_MS);
  return { series, firstMs, atWork, idle: memoryOf(server.pid) };
}

async function cpuPerScrape({ pid, url }: Server): Promise<number> {
  const before = cpuMs(pid);
  await scrape(url, SCRAPES);
  return (cpuMs(pid) - before) / SCRAPES;
}

function cpuRow(own: Figures, other: Figures, perScrape: { readonly ours: number; readonly theirs: number }): Row {
  return {
    what: `CPU of a scrape, default collectors of the host, ${own.series} series`,
    value: perScrape.ours,
    unit: "ms",
    reference: { name: `node_exporter, ${other.series} series`, value: perScrape.theirs },
    target: { text: "at most half", limit: perScrape.theirs / 2 },
  };
}

function otherRows(own: Figures, other: Figures): Row[] {
  const name = "node_exporter";
  const first = { what: `the same, mean of the first ${SCRAPES} after the start`, unit: "ms" } as const;
  const resident = { what: `resident memory a second after ${SCRAPES} scrapes`, unit: "MB" } as const;
  const atWork = { what: "the same, right after the last of them, which came without a pause", unit: "MB" } as const;
  const ownPages = { what: `private memory a second after ${SCRAPES} scrapes`, unit: "MB" } as const;
  const anonymous = { what: `anonymous memory a second after ${SCRAPES} scrapes`, unit: "MB" } as const;
  return [
    { ...first, value: own.firstMs, reference: { name, value: other.firstMs } },
    {
      ...resident,
      value: own.idle.resident,
      reference: { name, value: other.idle.resident },
      target: { text: "at most 45 MB", limit: 45 },
    },
    { ...atWork, value: own.atWork.resident, reference: { name, value: other.atWork.resident } },
    {
      ...ownPages,
      value: own.idle.private,
      reference: { name, value: other.idle.private },
      target: { text: "at most 5 MB more", limit: other.idle.private + 5 },
    },
    { ...anonymous, value: own.idle.anonymous, reference: { name, value: other.idle.anonymous } },
  ];
}
