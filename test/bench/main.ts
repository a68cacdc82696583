/** `npm run bench` measures and prints; with `-- --write` it writes docs/benchmarks.md too. Builds the binary first. */
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { cpus, loadavg, release, totalmem } from "node:os";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { downloadRow, scrapeRows, startRow } from "./agent.bench.ts";
import { expositionRow } from "./exposition.bench.ts";
import type { Row } from "./harness.ts";
import { tailnetRows } from "./tailnet.bench.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

function toLine({ what, ours, reference, unit, beside, target, met }: Row): string {
  const other = reference === undefined ? "" : `${reference.toFixed(1)} ${unit} (${beside})`;
  const ratio = reference === undefined ? "" : (ours / reference).toFixed(2);
  return `| ${what} | ${ours.toFixed(1)} ${unit} | ${other} | ${ratio} | ${target} | ${met ? "met" : "missed"} |`;
}

function page(rows: readonly Row[], load: number): string {
  const machine = `${cpus()[0]?.model.trim()}, ${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GiB, Linux ${release()}`;
  return `# Benchmarks

Written by \`npm run bench -- --write\`. Each figure stands beside its reference from the same run.

${new Date().toISOString().slice(0, 10)}, ${machine}, Bun ${process.versions.bun}, load ${load.toFixed(1)} at the start.

| what | tsmon | reference | ratio | target | |
| --- | --- | --- | --- | --- | --- |
${rows.map(toLine).join("\n")}
`;
}

const [load = 0] = loadavg();
execFileSync(process.execPath, [`${root}scripts/build-targets.ts`, "--single"], { stdio: "inherit" });
const rows: Row[] = [];
for (const [title, measure] of [
  ["scrapes", scrapeRows],
  ["start", async () => [await startRow()]],
  ["a large tailnet", tailnetRows],
  ["exposition", async () => [await expositionRow()]],
  ["download", async () => [downloadRow()]],
] as const) {
  process.stderr.write(`Measuring ${title}\n`);
  rows.push(...(await measure()));
}
const text = page(rows, load);
process.stdout.write(text);
if (process.argv.includes("--write")) writeFileSync(`${root}docs/benchmarks.md`, text);
