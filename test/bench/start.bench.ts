import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { debianObstacle } from "../e2e/debian-root.ts";
import { startAgent } from "./agent.ts";
import { BootedAgent } from "./booted-agent.ts";
import { interleave, type Measure, median, type Row } from "./harness.ts";
import { type Server, startServer } from "./server.ts";

const ROUNDS = 21;
const FLOOR_SOURCE = `Bun.serve({ hostname: "127.0.0.1", port: Number(process.argv[2]), fetch: () => new Response("x\\n") });`;

const TARGET = { text: "at most 60 ms", limit: 60 };

/**
 * Start to first good scrape with all that is on by default, directly and as a service, beside the smallest server that the
 * runtime compiles to. What systemd does before it executes a service is no time of the program, and is told apart.
 */
export async function startRows(): Promise<Row[]> {
  const obstacle = debianObstacle();
  if (obstacle !== undefined) process.stderr.write(`Not measured as a service: ${obstacle}\n`);
  await using booted = obstacle === undefined ? await BootedAgent.boot() : undefined;
  const folder = mkdtempSync(join(tmpdir(), "tsmon-bench-"));
  try {
    return await rowsOf(compileFloor(folder), booted);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function rowsOf(floor: string, booted: BootedAgent | undefined): Promise<Row[]> {
  const sandboxMs: number[] = [];
  const service = async () => {
    const start = await booted!.start();
    sandboxMs.push(start.sandboxMs);
    return start.startMs;
  };
  const subjects: Record<string, Measure> = {
    direct: () => startMs(startAgent()),
    floor: () => startMs(startServer((port) => [floor, `${port}`])),
    ...(booted && { service }),
  };
  const times = await interleave(subjects, { rounds: ROUNDS, warmUps: 1 });
  const direct: Row = {
    what: "start to the end of the first scrape",
    value: times.direct!,
    unit: "ms",
    reference: { name: "compiled Bun.serve alone", value: times.floor! },
    target: TARGET,
  };
  if (!booted) return [direct];
  return [
    direct,
    {
      what: "the same of a hardened service in a booted Debian, from the execution of the program",
      value: times.service!,
      unit: "ms",
      reference: { name: "started directly", value: times.direct! },
      target: TARGET,
    },
    { what: "systemd's own work before that, the sandbox", value: median(sandboxMs), unit: "ms" },
  ];
}

async function startMs(starting: Promise<Server>): Promise<number> {
  await using server = await starting;
  return server.startMs;
}

/** With the options of our own build. */
function compileFloor(folder: string): string {
  const source = join(folder, "floor.ts");
  const binary = join(folder, "floor");
  writeFileSync(source, FLOOR_SOURCE);
  const flags = ["--compile", "--minify", "--bytecode", "--format=esm", `--outfile=${binary}`];
  execFileSync(process.execPath, ["build", ...flags, source], { stdio: ["ignore", "ignore", "inherit"] });
  return binary;
}
