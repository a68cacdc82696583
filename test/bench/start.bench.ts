import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { startAgent } from "./agent.ts";
import { interleave, type Row } from "./harness.ts";
import { type Server, startServer } from "./server.ts";

const ROUNDS = 7;
const FLOOR_SOURCE = `Bun.serve({ hostname: "127.0.0.1", port: Number(process.argv[2]), fetch: () => new Response("x\\n") });`;

/** Start to first good scrape with all that is on by default, beside the smallest server that the runtime compiles to. */
export async function startRows(): Promise<Row[]> {
  const folder = mkdtempSync(join(tmpdir(), "tsmon-bench-"));
  try {
    const floor = compileFloor(folder);
    const times = await interleave(
      {
        ours: () => startMs(startAgent()),
        floor: () => startMs(startServer((port) => [floor, `${port}`])),
      },
      { rounds: ROUNDS, warmUps: 1 },
    );
    return [
      {
        what: "start to the end of the first scrape",
        value: times.ours,
        unit: "ms",
        reference: { name: "compiled Bun.serve alone", value: times.floor },
        target: { text: "at most 60 ms", limit: 60 },
      },
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
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
