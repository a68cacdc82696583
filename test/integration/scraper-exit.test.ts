import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const SCRAPER = new URL("../../src/exporter/scrape.ts", import.meta.url);
const DENO_CONFIG = fileURLToPath(new URL("../../deno.json", import.meta.url));

test("Scraper.scrape() leaves no timer behind that keeps the process", { timeout: 60_000 }, () => {
  const directory = mkdtempSync(join(tmpdir(), "tsmon-scraper-"));
  const program = join(directory, "program.ts");
  writeFileSync(
    program,
    `import { Scraper } from ${JSON.stringify(SCRAPER.href)};
const scraper = new Scraper([{ name: "a", metrics: [], collect: async () => [] }], (signal) => signal);
await scraper.scrape(600);
`,
  );
  const args = process.versions.deno ? ["run", "-A", "--no-check", "--config", DENO_CONFIG, program] : [program];
  const { status, signal, stderr } = spawnSync(process.execPath, args, { encoding: "utf8", timeout: 30_000 });
  rmSync(directory, { recursive: true, force: true });
  assert.deepEqual([status, signal], [0, null], stderr);
});
