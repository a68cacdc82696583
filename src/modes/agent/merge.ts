import { addSamples, type Families } from "../../exporter/gather.ts";
import { mergeFamilies, type RawFamilies } from "../../exporter/merge.ts";
import { gauge, type Sample } from "../../exporter/metric.ts";
import { parseRawFamilies, type RawFamily } from "../../exporter/raw-families.ts";
import { renameClashes } from "../../exporter/rename-clashes.ts";
import { type Format, render } from "../../exporter/render.ts";
import { parseText } from "../../exporter/text.ts";
import type { ProxyOptions } from "../../proxy/http.ts";
import { readExporter } from "../../proxy/read.ts";

const SUCCESS = gauge("tsmon_merge_success", "Whether all families of an exporter are on this page: 1 means yes.", [
  "exporter",
]);

/** Families that tell of the merge itself. */
export const MERGE_METRICS = [SUCCESS];

/** What the exporters of a merged page are read with. */
export interface MergeOptions {
  readonly proxy: ProxyOptions;
  /** Exporters whose families go on the agent's own page. */
  readonly names: readonly string[];
  /** Told what is wrong with which of the exporters that were asked. */
  readonly report: (problems: ReadonlyMap<string, string>, asked: readonly string[]) => void;
}

/** Share of the budget after which exporters are too late, so that the page is still written in time. */
const READ_SHARE = 0.9;

const ACCEPT: Readonly<Record<Format, string>> = {
  text: "text/plain;version=0.0.4",
  openmetrics: "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5",
};

interface Read {
  readonly name: string;
  readonly families: readonly RawFamily[];
  readonly problems: readonly string[];
}

/**
 * Asks the exporters that `mayScrape` admits, and resolves with what puts their families beside our own. One that fails is
 * left out; a family that clashes is left out of its exporter's. Never rejects.
 */
export async function readOthers(
  { proxy, names, report }: MergeOptions,
  mayScrape: (name: string) => boolean,
  format: Format,
  budgetSeconds: number,
): Promise<(own: Families) => RawFamilies> {
  const asked = names.filter(mayScrape);
  const reads = await Promise.all(asked.map((name) => read(proxy, name, format, budgetSeconds * READ_SHARE)));
  return (own) => {
    const merged: RawFamilies = new Map();
    const found = new Map<string, string>();
    // Each format has problems of its own, and two scrapers may ask in turn.
    const subjectOf = (name: string) => (format === "text" ? name : `${name} in OpenMetrics`);
    for (const { name, families, problems } of reads) {
      const all = [...problems, ...mergeFamilies(merged, own, families, format)];
      if (all.length > 0)
        found.set(subjectOf(name), all.length > 1 ? `${all[0]} (and ${all.length - 1} more)` : all[0]!);
    }
    report(found, asked.map(subjectOf));
    const success: Sample[] = asked.map((exporter) => {
      return SUCCESS.sample(Number(!found.has(subjectOf(exporter))), { exporter });
    });
    addSamples(own, success);
    return merged;
  };
}

async function read(proxy: ProxyOptions, name: string, format: Format, budgetSeconds: number): Promise<Read> {
  try {
    const { text, isOpenMetrics } = await readExporter(proxy, name, ACCEPT[format], budgetSeconds);
    if (isOpenMetrics === (format === "openmetrics")) {
      return { name, families: parseRawFamilies(text, format, name), problems: [] };
    }
    if (isOpenMetrics) throw new Error(`Exporter ${name} answers with OpenMetrics where the text format was asked for`);
    const families: Families = new Map();
    const problems = addSamples(families, parseText(text));
    renameClashes(families);
    const converted = new TextDecoder().decode(render(families, format));
    return { name, families: parseRawFamilies(converted, format, name), problems };
  } catch (error) {
    return { name, families: [], problems: [error instanceof Error ? error.message : String(error)] };
  }
}
