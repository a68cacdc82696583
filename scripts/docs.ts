import { readFileSync, writeFileSync } from "node:fs";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { settingsTable } from "../src/config/table.ts";
import type { Collector } from "../src/exporter/collector.ts";
import type { Metric } from "../src/exporter/metric.ts";
import { processCollector } from "../src/exporter/process.ts";
import { SCRAPE_METRICS } from "../src/exporter/scrape.ts";
import { FLEET_METRICS } from "../src/fleet/exposition.ts";
import { MERGE_METRICS } from "../src/modes/agent/merge.ts";
import { AgentSettings, COLLECTORS } from "../src/modes/agent/settings.ts";
import { SERVICES } from "../src/modes/commands.ts";
import { DiscoverMetrics } from "../src/modes/discover/self.ts";
import { DiscoverSettings } from "../src/modes/discover/settings.ts";
import { DoctorSettings } from "../src/modes/doctor/settings.ts";
import { FleetMetrics } from "../src/modes/fleet/self.ts";
import { FleetSettings } from "../src/modes/fleet/settings.ts";
import { AclSettings } from "../src/modes/generate/acl-settings.ts";
import { PrometheusSettings } from "../src/modes/generate/prometheus-settings.ts";
import { unitName, unitText } from "../src/modes/install/unit.ts";
import { SelfMetrics } from "../src/modes/shared/self.ts";

const PASSED_THROUGH =
  "All families of tailscaled's own `usermetrics` that have a series, those of versions to come too: names, types, labels and values unchanged.\n";

const root = fileURLToPath(new URL("..", import.meta.url));

/** `bun scripts/docs.ts` writes METRICS.md, docs/settings.md and packaging/systemd/; with `--check` it fails when they are not up to date. */
async function main(check: boolean): Promise<number> {
  const units = SERVICES.map((mode) => [`packaging/systemd/${unitName(mode)}`, unitText(mode, "/usr/bin/tsmon")]);
  const pages: Record<string, string> = {
    "METRICS.md": await metricsPage(),
    "docs/settings.md": settingsPage(),
    ...Object.fromEntries(units),
  };
  let stale = 0;
  for (const [path, text] of Object.entries(pages)) {
    if (read(path) === text) continue;
    stale++;
    if (check) process.stderr.write(`${path} is not up to date: run npm run docs\n`);
    else writeFileSync(`${root}${path}`, text);
  }
  return check && stale > 0 ? 1 : 0;
}

function read(path: string): string | undefined {
  try {
    return readFileSync(`${root}${path}`, "utf8");
  } catch {
    return undefined;
  }
}

async function metricsPage(): Promise<string> {
  const defaults = AgentSettings.parse({});
  const sections = COLLECTORS.map(({ name, byDefault, create }) => {
    const metrics = (create as (settings: typeof defaults) => Collector<unknown>)(defaults).metrics();
    const note = metrics.length > 0 ? table(metrics) : PASSED_THROUGH;
    return `### ${name}${byDefault ? "" : " (off by default)"}\n\n${note}`;
  });
  const own = [...new SelfMetrics().families, ...processCollector.metrics(), ...MERGE_METRICS];
  return `# Metrics

Generated from the collectors by \`npm run docs\`. Labels are sorted by name; a value that is not known is absent.

## tsmon agent

${sections.join("\n")}
### about tsmon itself

${table([...SCRAPE_METRICS, ...own])}
## tsmon discover

Besides those of the agent about tsmon itself:

${table(new DiscoverMetrics().families)}
## tsmon fleet

Besides those of the agent about tsmon itself, and the \`tailscaled_*\` families of every device that gives them, with the labels
\`device_id\`, \`device_name\` and \`tailnet\`. \`--compat\` adds other exporters' families, see [docs/fleet.md](docs/fleet.md).

${table([...FLEET_METRICS, ...new FleetMetrics().families])}`;
}

/** @throws {Error} If a family has a name that it cannot have. */
function table(metrics: readonly Metric[]): string {
  for (const { problem } of metrics) if (problem !== undefined) throw new Error(`Cannot describe families: ${problem}`);
  const rows = metrics
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .map(({ name, type, labelNames, help }) => {
      const labels = labelNames.map((label) => `\`${label}\``).join(", ");
      return `| \`${name}\` | ${type} | ${labels} | ${help.replaceAll("|", "\\|").replaceAll("\n", " ")} |`;
    });
  return `| family | type | labels | meaning |\n| --- | --- | --- | --- |\n${rows.join("\n")}\n`;
}

function settingsPage(): string {
  return `# Settings

Generated from the schemas by \`npm run docs\`. A setting is given by its flag, else its variable, else its key in the YAML
file that \`--config.file\` names (the flag's name without the dashes), else its default.

## tsmon agent

${settingsTable(AgentSettings, "agent")}
## tsmon discover

${settingsTable(DiscoverSettings, "discover")}
## tsmon fleet

${settingsTable(FleetSettings, "fleet")}
## tsmon generate acl

${settingsTable(AclSettings, "generate acl")}
## tsmon generate prometheus

${settingsTable(PrometheusSettings, "generate prometheus")}
## tsmon doctor

${settingsTable(DoctorSettings, "doctor")}`;
}

process.exitCode = await main(process.argv.includes("--check"));
