import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { BINARY } from "../e2e/binary.ts";
import { program } from "../lab/programs.ts";
import { cpuMs, freePort, median, memoryMb, type Row, scrape, startSubject } from "./harness.ts";

/** Collectors that both programs have. */
const COLLECTORS = ["cpu", "diskstats", "filesystem", "loadavg", "meminfo", "netdev", "os", "stat", "time", "uname"];
const SCRAPES = 200;
const ROUNDS = 3;

async function startAgent() {
  const port = await freePort();
  const flags = COLLECTORS.map((name) => `--collector.${name}`);
  return startSubject(
    [BINARY, "agent", `--web.listen=127.0.0.1:${port}`, "--collector.disable-defaults", ...flags],
    port,
  );
}

async function startNodeExporter() {
  const port = await freePort();
  const flags = COLLECTORS.map((name) => `--collector.${name}`);
  const listen = `--web.listen-address=127.0.0.1:${port}`;
  return startSubject([await program("nodeExporter"), listen, "--collector.disable-defaults", ...flags], port);
}

/** CPU of a scrape and memory after 200, beside node_exporter with the same collectors. */
export async function scrapeRows(): Promise<Row[]> {
  const ours = await startAgent();
  const theirs = await startNodeExporter();
  const cpu = { ours: [] as number[], theirs: [] as number[] };
  for (let round = 0; round < ROUNDS; round++) {
    for (const [subject, figures] of [
      [ours, cpu.ours],
      [theirs, cpu.theirs],
    ] as const) {
      const before = cpuMs(subject.pid);
      await scrape(subject.url, SCRAPES);
      figures.push((cpuMs(subject.pid) - before) / SCRAPES);
    }
  }
  const [mine, other] = [memoryMb(ours.pid), memoryMb(theirs.pid)];
  await Promise.all([ours.stop(), theirs.stop()]);
  const [mineMs, otherMs] = [median(cpu.ours), median(cpu.theirs)];
  const beside = "node_exporter";
  return [
    {
      what: `CPU of a scrape, ${COLLECTORS.length} host collectors`,
      ours: mineMs,
      reference: otherMs,
      unit: "ms",
      beside,
      target: "at most half",
      met: mineMs <= otherMs / 2,
    },
    {
      what: "resident memory after 600 scrapes",
      ours: mine.rss,
      reference: other.rss,
      unit: "MB",
      beside,
      target: "at most 45 MB",
      met: mine.rss <= 45,
    },
    {
      what: "private memory after 600 scrapes",
      ours: mine.private,
      reference: other.private,
      unit: "MB",
      beside,
      target: "at most 5 MB more",
      met: mine.private <= other.private + 5,
    },
  ];
}

/** Start to first scrape, beside the smallest server that the runtime compiles to. */
export async function startRow(): Promise<Row> {
  const folder = mkdtempSync(join(tmpdir(), "tsmon-bench-"));
  const floor = join(folder, "floor");
  writeFileSync(
    `${floor}.ts`,
    'Bun.serve({ hostname: "127.0.0.1", port: Number(process.argv[2]), fetch: () => new Response("x\\n") });\n',
  );
  const flags = ["--compile", "--minify", "--bytecode", "--format=esm", `--outfile=${floor}`];
  execFileSync(process.execPath, ["build", ...flags, `${floor}.ts`], { stdio: "ignore" });
  const times = { ours: [] as number[], floor: [] as number[] };
  for (let round = 0; round < 7; round++) {
    const agent = await startAgent();
    times.ours.push(agent.startMs);
    await agent.stop();
    const port = await freePort();
    const smallest = await startSubject([floor, `${port}`], port);
    times.floor.push(smallest.startMs);
    await smallest.stop();
  }
  rmSync(folder, { recursive: true });
  const ours = median(times.ours);
  return {
    what: "start to first scrape",
    ours,
    reference: median(times.floor),
    unit: "ms",
    beside: "a bare Bun.serve",
    target: "at most 60 ms",
    met: ours <= 60,
  };
}

/** Size of the binary as it is downloaded. */
export function downloadRow(): Row {
  const bytes = execFileSync("sh", ["-c", `xz -T0 -6 -c "${BINARY}" | wc -c`], { encoding: "utf8" });
  const ours = Number(bytes) / 1e6;
  return {
    what: "download, compressed by xz",
    ours,
    reference: undefined,
    unit: "MB",
    beside: "",
    target: "at most 40 MB",
    met: ours <= 40,
  };
}
