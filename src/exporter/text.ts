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
 * Samples of a text in Prometheus's text format 0.0.4, with types, HELP and timestamps.
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
      const { name, labels, value, timestampMs } = parseSample(line, number);
      const family = familyName(name, headers);
      const metric = metrics.getOrInsertComputed(family, () => toMetric(family, headers.get(family)));
      samples.push({
        metric,
        labels: labelBlock(labels),
        value,
        ...(family === name ? {} : { suffix: name.slice(family.length) }),
        ...(timestampMs === undefined ? {} : { timestampMs }),
      });
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

/** One sample of a text. */
export interface TextSample {
  /** Name of the series, which is the family's but for histograms and summaries. */
  readonly name: string;
  /** Sorted by name. */
  readonly labels: readonly (readonly [name: string, value: string])[];
  readonly value: number;
  /** Unix time; undefined where the line has none. */
  readonly timestampMs: number | undefined;
}

const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*(?=[ \t{])/;
const LABEL = /[ \t]*([a-zA-Z_][a-zA-Z0-9_]*)[ \t]*=[ \t]*"([^"\\]*(?:\\.[^"\\]*)*)"[ \t]*(,|$)/y;

/**
 * A line that is a sample. Cut by hand: one expression for the whole line takes time that grows with the square of its
 * blanks.
 *
 * @throws {SyntaxError} If it is none; the message has the line's number.
 */
export function parseSample(line: string, number: number): TextSample {
  const name = NAME.exec(line)?.[0] ?? "";
  let rest = line.slice(name.length).trimStart();
  let block = "";
  if (rest.startsWith("{")) {
    const end = rest.lastIndexOf("}");
    block = rest.slice(1, Math.max(end, 1)).trim();
    rest = end < 0 ? "" : rest.slice(end + 1);
  }
  const [text = "", timestamp, ...more] = rest.trim().split(/[ \t]+/);
  const value = parseGoFloat(text);
  if (name === "" || value === undefined || more.length > 0 || !isTimestamp(timestamp ?? "0")) {
    throw lineError(number, `found ${excerpt(line)}`);
  }
  const timestampMs = timestamp === undefined ? undefined : Number(timestamp);
  return { name, labels: parseLabels(block, number), value, timestampMs };
}

/** The label block of a line as pairs, sorted by name. */
function parseLabels(block: string, number: number): [name: string, value: string][] {
  const pairs: [string, string][] = [];
  LABEL.lastIndex = 0;
  while (LABEL.lastIndex < block.length) {
    const start = LABEL.lastIndex;
    const match = LABEL.exec(block);
    if (!match) throw lineError(number, `bad label at ${excerpt(block.slice(start))}`);
    pairs.push([match[1]!, unescapeText(match[2]!, number)]);
  }
  pairs.sort(([a], [b]) => (a < b ? -1 : 1));
  if (pairs.some(([name]) => name === "__name__")) throw lineError(number, "label __name__ is reserved");
  const twice = pairs.find(([name], index) => name === pairs[index + 1]?.[0]);
  if (twice) throw lineError(number, `label ${twice[0]} exists twice`);
  return pairs;
}

/**
 * Text without its escapes: a backslash before n, a double quote or another backslash.
 *
 * @throws {SyntaxError} If a backslash is before anything else.
 */
export function unescapeText(text: string, number: number): string {
  if (!text.includes("\\")) return text;
  return text.replace(/\\(.?)/gsu, (sequence, escaped) => {
    if (escaped === "n") return "\n";
    if (escaped === "\\" || escaped === '"') return escaped;
    throw lineError(number, `bad escape ${excerpt(sequence)}`);
  });
}

/** Whether a text is a time in milliseconds, and none that a reader of the text would refuse for its size. */
export function isTimestamp(text: string): boolean {
  return /^-?\d+$/.test(text) && Number.isSafeInteger(Number(text));
}

/** A number as Go's `strconv.ParseFloat` takes it, for the forms that expositions use. */
export function parseGoFloat(text: string): number | undefined {
  if (/^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i.test(text)) {
    const value = Number(text);
    return Number.isFinite(value) ? value : undefined;
  }
  if (/^nan$/i.test(text)) return Number.NaN;
  const [, sign] = /^([+-]?)inf(?:inity)?$/i.exec(text) ?? [];
  return sign === undefined ? undefined : sign === "-" ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
}

/** An error in a line of a text. */
export function lineError(number: number, problem: string): SyntaxError {
  return new SyntaxError(`Cannot parse metrics line ${number}: ${problem}`);
}

/** The beginning of a text, for a message. */
export const excerpt = (text: string) => JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);
