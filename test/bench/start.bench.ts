import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { debianObstacle } from "../e2e/debian-root.ts";
import { startAgent } from "./agent.ts";
import { BootedAgent } from "./booted-agent.ts";
import { interleave, type Measure, median, type Row } from "./harness.ts";
import { type Server, startServer } from "./server.ts";

const ROUNDS = 21;
const LIBRARIES_SOURCE = fileURLToPath(new URL("libraries.ts", import.meta.url));
const FLOOR_SOURCE = `Bun.serve({ hostname: "127.0.0.1", port: Number(process.argv[2]), fetch: () => new Response("x\\n") });`;

const TARGET = { text: "at most 60 ms", limit: 60 };

/**
 * Start to first good scrape with all that is on by default, directly and as a service, beside the smallest server that the
 * runtime compiles to, and the smallest with hono and prom-client. What systemd does before it executes a service is no time
 * of the program, and is told apart.
 */
export async function startRows(): Promise<Row[]> {
  const obstacle = debianObstacle();
  if (obstacle !== undefined) process.stderr.write(`Not measured as a service: ${obstacle}\n`);
  await using booted = obstacle === undefined ? await BootedAgent.boot() : undefined;
  const folder = mkdtempSync(join(tmpdir(), "tsmon-bench-"));
  try {
    writeFileSync(join(folder, "floor.ts"), FLOOR_SOURCE);
    const floor = compile(join(folder, "floor.ts"), join(folder, "floor"));
    return await rowsOf({ floor, libraries: compile(LIBRARIES_SOURCE, join(folder, "libraries")) }, booted);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Servers that the agent stands beside, as paths of binaries. */
interface References {
  readonly floor: string;
  readonly libraries: string;
}

async function rowsOf(references: References, booted: BootedAgent | undefined): Promise<Row[]> {
  const sandboxMs: number[] = [];
  const service = async () => {
    const start = await booted!.start();
    sandboxMs.push(start.sandboxMs);
    return start.startMs;
  };
  const subjects: Record<string, Measure> = {
    direct: () => startMs(startAgent()),
    floor: () => startMs(startServer((port) => [references.floor, `${port}`])),
    libraries: () => startMs(startServer((port) => [references.libraries, `${port}`])),
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
  const besideLibraries: Row = {
    what: direct.what,
    value: direct.value,
    unit: "ms",
    reference: { name: "compiled server of one gauge with hono and prom-client", value: times.libraries! },
  };
  if (!booted) return [direct, besideLibraries];
  return [
    direct,
    besideLibraries,
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

/** With bytecode, as our own build. */
function compile(source: string, binary: string): string {
  const flags = ["--compile", "--minify", "--bytecode", "--format=esm", `--outfile=${binary}`];
  execFileSync(process.execPath, ["build", ...flags, source], { stdio: ["ignore", "ignore", "inherit"] });
  return binary;
}
