import { ByteWriter } from "./byte-writer.ts";
import { formatCanonicalFloat, formatGoFloat } from "./format.ts";
import type { Families, Family } from "./gather.ts";
import { escapeLabelValue } from "./metric.ts";
import type { RawFamily } from "./raw-families.ts";

/** An exposition format that {@linkcode render} writes. */
export type Format = "text" | "openmetrics";

/** `Content-Type` of each format. */
export const CONTENT_TYPE: Readonly<Record<Format, string>> = {
  text: "text/plain; version=0.0.4; charset=utf-8",
  openmetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8",
};

/** Enough for most expositions, so that they are written without a larger buffer on the way. */
const BYTES_PER_SERIES = 120;
const LEAST_BYTES = 64 * 1024;

/**
 * Families as exposition text in UTF-8, sorted by name.
 *
 * Prometheus text format 0.0.4 (https://prometheus.io/docs/instrumenting/exposition_formats/) or OpenMetrics 1.0
 * (https://prometheus.io/docs/specs/om/open_metrics_spec/).
 *
 * @param others Families of other exporters by their names in this format, which must not clash; see `mergeFamilies()`.
 */
export function render(
  families: Families,
  format: Format,
  others: ReadonlyMap<string, RawFamily> = new Map(),
): Uint8Array<ArrayBuffer> {
  let series = 0;
  for (const { samples } of families.values()) series += samples.length;
  for (const { lines } of others.values()) series += lines.length;
  const output = new ByteWriter(LEAST_BYTES + series * BYTES_PER_SERIES);
  const written = new Set<string>();
  for (const key of [...families.keys()].sort()) {
    const family = families.get(key)!;
    writeFamily(output, family, format);
    if (others.size === 0) continue;
    const { name } = headerOf(family.metric, format);
    written.add(name);
    writeLines(output, others.get(name)?.lines ?? []);
  }
  for (const name of [...others.keys()].sort()) if (!written.has(name)) writeRawFamily(output, others.get(name)!);
  if (format === "openmetrics") output.writeLine("# EOF");
  return output.bytes;
}

function writeFamily(output: ByteWriter, { metric, samples }: Family, format: Format): void {
  const { name, type } = metric;
  const isCanonical = format === "openmetrics" && (type === "histogram" || type === "summary");
  output.writeLine(familyHeader(metric, format));
  for (const { suffix, labels, value, timestampMs } of samples) {
    const series = suffix === undefined ? name : name + suffix;
    const time = timestampMs === undefined ? "" : ` ${format === "text" ? timestampMs : timestampMs / 1000}`;
    output.writeLine(`${series + (isCanonical ? canonicalBounds(labels) : labels)} ${formatGoFloat(value)}${time}`);
  }
}

function writeRawFamily(output: ByteWriter, { name, type, help, unit, lines }: RawFamily): void {
  if (help !== undefined) output.writeLine(`# HELP ${name} ${help}`);
  output.writeLine(`# TYPE ${name} ${type}`);
  if (unit !== undefined) output.writeLine(`# UNIT ${name} ${unit}`);
  writeLines(output, lines);
}

function writeLines(output: ByteWriter, lines: readonly string[]): void {
  for (const line of lines) output.writeLine(line);
}

/**
 * A family's name and type as a format has them. OpenMetrics names a counter's family without `_total`; a counter that lacks
 * it keeps its name as `unknown`.
 */
export function headerOf({ name, type }: Family["metric"], format: Format): { name: string; type: string } {
  if (format === "text") return { name, type: type === "unknown" ? "untyped" : type };
  const isTotal = type === "counter" && name.endsWith("_total");
  if (isTotal) return { name: name.slice(0, -"_total".length), type };
  return { name, type: type === "counter" ? "unknown" : type };
}

/** The HELP and TYPE lines of a family, without the last line feed. */
export function familyHeader(metric: Family["metric"], format: Format): string {
  const { name, type } = headerOf(metric, format);
  const help = format === "text" ? escapeHelp(metric.help) : escapeLabelValue(metric.help);
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}`;
}

function escapeHelp(help: string): string {
  return /[\\\n]/.test(help) ? help.replaceAll("\\", "\\\\").replaceAll("\n", "\\n") : help;
}

/** OpenMetrics wants `le` and `quantile` as `1.0` where the text format has `1`. Takes a label block, or lines of them. */
export function canonicalBounds(text: string): string {
  return text.replace(/([{,](?:le|quantile)=")([^"]+)(")/g, (_, before, bound, after) => {
    return before + (bound === "+Inf" ? bound : formatCanonicalFloat(Number(bound))) + after;
  });
}
