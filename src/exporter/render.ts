import { ByteWriter } from "./byte-writer.ts";
import { formatCanonicalFloat, formatGoFloat } from "./format.ts";
import type { Families, Family } from "./gather.ts";

/** An exposition format that {@linkcode render} writes. */
export type Format = "text" | "openmetrics";

/** `Content-Type` of each format. */
export const CONTENT_TYPE: Readonly<Record<Format, string>> = {
  text: "text/plain; version=0.0.4; charset=utf-8",
  openmetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8",
};

/** Lines that are put together before they become bytes: few enough to stay in the processor's cache. */
const LINES_AT_ONCE = 512;

/** Enough for most expositions, so that they are written without a larger buffer on the way. */
const BYTES_PER_SERIES = 120;
const LEAST_BYTES = 64 * 1024;

/**
 * Families as exposition text in UTF-8, sorted by name.
 *
 * Prometheus text format 0.0.4 (https://prometheus.io/docs/instrumenting/exposition_formats/) or OpenMetrics 1.0
 * (https://prometheus.io/docs/specs/om/open_metrics_spec/).
 */
export function render(families: Families, format: Format): Uint8Array<ArrayBuffer> {
  let series = 0;
  for (const { samples } of families.values()) series += samples.length;
  const output = new ByteWriter(LEAST_BYTES + series * BYTES_PER_SERIES);
  for (const name of [...families.keys()].sort()) writeFamily(output, families.get(name)!, format);
  if (format === "openmetrics") output.write("# EOF\n");
  return output.bytes;
}

function writeFamily(output: ByteWriter, { metric, samples }: Family, format: Format): void {
  const { name, type } = metric;
  const isCanonical = format === "openmetrics" && (type === "histogram" || type === "summary");
  let text = familyHeader(metric, format);
  let lines = 0;
  for (const { suffix, labels, value } of samples) {
    const series = suffix === undefined ? name : name + suffix;
    text += `${series + (isCanonical ? canonicalLabels(labels) : labels)} ${formatGoFloat(value)}\n`;
    if (++lines % LINES_AT_ONCE === 0) {
      output.write(text);
      text = "";
    }
  }
  output.write(text);
}

/** The HELP and TYPE lines of a family. */
export function familyHeader(metric: Family["metric"], format: Format): string {
  return format === "text" ? textHeader(metric) : openMetricsHeader(metric);
}

function textHeader({ name, type, help }: Family["metric"]): string {
  const escaped = help.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
  return `# HELP ${name} ${escaped}\n# TYPE ${name} ${type === "unknown" ? "untyped" : type}\n`;
}

/** OpenMetrics names a counter's family without `_total`; a counter that lacks it keeps its name as `unknown`. */
function openMetricsHeader({ name, type, help }: Family["metric"]): string {
  const isTotal = type === "counter" && name.endsWith("_total");
  const family = isTotal ? name.slice(0, -"_total".length) : name;
  const escaped = help.replaceAll("\\", "\\\\").replaceAll("\n", "\\n").replaceAll('"', '\\"');
  return `# HELP ${family} ${escaped}\n# TYPE ${family} ${type === "counter" && !isTotal ? "unknown" : type}\n`;
}

/** OpenMetrics wants `le` and `quantile` as `1.0` where the text format has `1`. */
function canonicalLabels(labels: string): string {
  return labels.replace(/([{,](?:le|quantile)=")([^"]+)(")/, (_, before, bound, after) => {
    return before + (bound === "+Inf" ? bound : formatCanonicalFloat(Number(bound))) + after;
  });
}
