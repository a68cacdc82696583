import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";

const PYTHON = "/usr/bin/python3";
const hasParser = spawnSync(PYTHON, ["-c", "import prometheus_client"]).status === 0;
if (!hasParser) process.stderr.write("Skipping the independent OpenMetrics parser: Debian's python3-prometheus-client is not installed\n");

/** Value for the `skip` option of a test that needs {@linkcode countSamples}. In CI nothing is skipped. */
export const skipWithoutParser = !hasParser && !process.env.CI;

/** Number of samples that an independent parser reads in OpenMetrics. Throws when it refuses. */
export function countSamples(exposition: Uint8Array): number {
  const directory = mkdtempSync(join(tmpdir(), "tsmon-om-"));
  const file = join(directory, "metrics");
  writeFileSync(file, exposition);
  const program = `
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse
print(sum(len(family.samples) for family in parse(open("${file}", newline="").read())))`;
  try {
    return Number(execFileSync(PYTHON, ["-c", program], { encoding: "utf8" }));
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
