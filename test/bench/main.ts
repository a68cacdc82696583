/**
 * `npm run bench` builds the binary, measures and prints; `-- --write` writes docs/benchmarks.md too. Words choose
 * measurements: `npm run bench -- start exposition`.
 */
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { loadavg } from "node:os";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { discoverRows } from "./discover.bench.ts";
import { downloadRows } from "./download.bench.ts";
import { expositionRows } from "./exposition.bench.ts";
import { growthRows } from "./growth.bench.ts";
import type { Row } from "./harness.ts";
import { page } from "./page.ts";
import { proxyRows } from "./proxy.bench.ts";
import { scrapeRows } from "./scrape.bench.ts";
import { startRows } from "./start.bench.ts";
import { tailnetRows } from "./tailnet.bench.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

const BENCHES: Readonly<Record<string, () => Promise<Row[]> | Row[]>> = {
  scrape: scrapeRows,
  growth: growthRows,
  start: startRows,
  tailnet: tailnetRows,
  discover: discoverRows,
  exposition: expositionRows,
  proxy: proxyRows,
  download: downloadRows,
};

async function main(args: readonly string[]): Promise<void> {
  const wanted = args.filter((arg) => arg !== "--write");
  const stranger = wanted.find((name) => !(name in BENCHES));
  if (stranger !== undefined) {
    throw new Error(`Cannot measure ${stranger}: there are ${Object.keys(BENCHES).join(", ")}`);
  }
  const isPage = args.includes("--write");
  if (isPage && wanted.length > 0) throw new Error("Cannot write docs/benchmarks.md: it holds all measurements");
  // Before the build, which is load of our own.
  const [load = 0] = loadavg();
  execFileSync(process.execPath, [`${root}scripts/build-targets.ts`, "--single"], { stdio: "inherit" });
  const rows: Row[] = [];
  for (const [name, measure] of Object.entries(BENCHES)) {
    if (wanted.length > 0 && !wanted.includes(name)) continue;
    process.stderr.write(`Measuring ${name}\n`);
    rows.push(...(await measure()));
  }
  const text = await page(rows, load);
  process.stdout.write(text);
  if (isPage) writeFileSync(`${root}docs/benchmarks.md`, text);
}

await main(process.argv.slice(2));
