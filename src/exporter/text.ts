import { labelBlock, Metric, type MetricType, type Sample } from "./metric.ts";

/** By the word of a TYPE line. A map, because the word is from outside and may be one that every object has. */
const TYPES: ReadonlyMap<string, MetricType> = new Map([
  ["counter", "counter"],
  ["gauge", "gauge"],
  ["histogram", "histogram"],
  ["summary", "summary"],
  ["untyped", "unknown"],
  ["unknown", "unknown"],
]);

/** Suffixes that belong to a family's own name, by type. */
const SUFFIXES: Partial<Record<MetricType, RegExp>> = {
  histogram: /_(?:bucket|sum|count)$/,
  summary: /_(?:sum|count)$/,
};

interface Header {
  type?: MetricType;
  help?: string;
}

/**
 * Samples of a text in Prometheus's text format 0.0.4, types and HELP kept, timestamps left out.
 * HELP and TYPE may come in either order; a family without TYPE is `unknown`.
 *
 * @throws {SyntaxError} If a line is neither a comment nor a sample; the message has its number.
 */
export function parseText(text: string): Sample[] {
  const headers = new Map<string, Header>();
  const metrics = new Map<string, Metric>();
  const samples: Sample[] = [];
  let number = 0;
  for (const line of text.split(/\r?\n/)) {
    number++;
    if (line.charCodeAt(0) === 35) readHeader(line, headers);
    else if (line.trim() !== "") {
      const { name, labels, value } = parseSample(line, number);
      const family = familyName(name, headers);
      const metric = metrics.getOrInsertComputed(family, () => toMetric(family, headers.get(family)));
      samples.push({ metric, labels, value, ...(family === name ? {} : { suffix: name.slice(family.length) }) });
    }
  }
  return samples;
}

function readHeader(line: string, headers: Map<string, Header>): void {
  const match = /^#\s+(HELP|TYPE)\s+(\S+)\s?(.*)$/s.exec(line);
  if (!match) return;
  const [, kind, name = "", rest = ""] = match;
  const header = headers.get(name) ?? {};
  if (kind === "TYPE") header.type = TYPES.get(rest.trim()) ?? "unknown";
  else header.help = rest.replace(/\\([\\n])/g, (_, escaped) => (escaped === "n" ? "\n" : "\\"));
  headers.set(name, header);
}

function familyName(name: string, headers: ReadonlyMap<string, Header>): string {
  if (headers.has(name)) return name;
  for (const type of ["histogram", "summary"] as const) {
    const stem = name.replace(SUFFIXES[type]!, "");
    if (stem !== name && headers.get(stem)?.type === type) return stem;
  }
  return name;
}

function toMetric(name: string, header: Header | undefined): Metric {
  return new Metric(header?.type ?? "unknown", name, header?.help ?? `Passed through without a description: ${name}.`);
}

const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*(?=[ \t{])/;
const LABEL = /[ \t]*([a-zA-Z_][a-zA-Z0-9_]*)[ \t]*=[ \t]*"([^"\\]*(?:\\.[^"\\]*)*)"[ \t]*(,|$)/y;

/** Cut by hand: one expression for the whole line takes time that grows with the square of its blanks. */
function parseSample(line: string, number: number): { name: string; labels: string; value: number } {
  const name = NAME.exec(line)?.[0] ?? "";
  let rest = line.slice(name.length).trimStart();
  let block = "";
  if (rest.startsWith("{")) {
    const end = rest.lastIndexOf("}");
    block = rest.slice(1, Math.max(end, 1)).trim();
    rest = end < 0 ? "" : rest.slice(end + 1);
  }
  const [text = "", timestamp = "0", ...more] = rest.trim().split(/[ \t]+/);
  const value = parseGoFloat(text);
  if (name === "" || value === undefined || more.length > 0 || !/^-?\d+$/.test(timestamp)) {
    throw new SyntaxError(`Cannot parse metrics line ${number}: found ${excerpt(line)}`);
  }
  return { name, labels: parseLabels(block, number), value };
}

/** The label block of a line, sorted by name and escaped anew. */
function parseLabels(block: string, number: number): string {
  const pairs: [string, string][] = [];
  LABEL.lastIndex = 0;
  while (LABEL.lastIndex < block.length) {
    const start = LABEL.lastIndex;
    const match = LABEL.exec(block);
    if (!match)
      throw new SyntaxError(`Cannot parse metrics line ${number}: bad label at ${excerpt(block.slice(start))}`);
    pairs.push([match[1]!, match[2]!.replace(/\\(.)/g, (_, escaped) => (escaped === "n" ? "\n" : escaped))]);
  }
  pairs.sort(([a], [b]) => (a < b ? -1 : 1));
  const twice = pairs.find(([name], index) => name === pairs[index + 1]?.[0]);
  if (twice) throw new SyntaxError(`Cannot parse metrics line ${number}: label ${twice[0]} exists twice`);
  return labelBlock(pairs);
}

/** A number as Go's `strconv.ParseFloat` takes it, for the forms that expositions use. */
function parseGoFloat(text: string): number | undefined {
  if (/^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i.test(text)) return Number(text);
  const special = /^([+-]?)(inf|infinity|nan)$/i.exec(text);
  if (!special) return undefined;
  if (special[2]!.toLowerCase() === "nan") return Number.NaN;
  return special[1] === "-" ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
}

const excerpt = (text: string) => JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);
