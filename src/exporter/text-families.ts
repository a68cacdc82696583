import { formatGoFloat } from "./format.ts";
import { labelBlock, type MetricType } from "./metric.ts";
import { excerpt, lineError, parseGoFloat, parseSample, type TextSample, unescapeText } from "./text.ts";

/** A family as a text has it. */
export interface TextFamily {
  readonly name: string;
  readonly type: MetricType;
  /** Absent when the text has none. */
  readonly help: string | undefined;
  readonly samples: readonly TextFamilySample[];
}

/** A sample of a {@linkcode TextFamily}: of a histogram or summary, one of its several series. */
export interface TextFamilySample {
  /** Rendered label block. */
  readonly labels: string;
  readonly value: number;
  readonly suffix?: string;
}

type Pair = readonly [name: string, value: string];

/** A series of a family; of a histogram or summary, all that has the same labels but `le` or `quantile`. */
interface Series {
  readonly labels: readonly Pair[];
  value: number;
  sum: number;
  count: number;
  /** Values by bound or quantile. */
  readonly points: Map<number, number>;
}

interface Builder {
  readonly name: string;
  type?: MetricType;
  help?: string;
  readonly series: Series[];
  /** Series of a histogram or summary by label block. */
  readonly byLabels: Map<string, Series>;
}

/** By the word of a TYPE line, in capitals. A map, because the word is from outside. */
const TYPES: ReadonlyMap<string, MetricType> = new Map([
  ["COUNTER", "counter"],
  ["GAUGE", "gauge"],
  ["HISTOGRAM", "histogram"],
  ["SUMMARY", "summary"],
  ["UNTYPED", "unknown"],
]);

/** Types whose families have series under longer names, with the label that tells their points apart. */
const DISTRIBUTIONS = {
  summary: { suffix: /_(?:sum|count)$/, point: "quantile", pointSuffix: "" },
  histogram: { suffix: /_(?:sum|count|bucket)$/, point: "le", pointSuffix: "_bucket" },
} as const;

/**
 * Families of a text in Prometheus's text format 0.0.4, read as strictly as Prometheus's own library reads it, and put
 * together as its registry does: histograms and summaries get the series that they lack, and every series of a family the
 * labels of all, with an empty value where it had none.
 *
 * @throws {SyntaxError} If anything in it is wrong, has a timestamp, or ends before its line does; the message has the
 *   line's number.
 */
export function parseFamilies(text: string): TextFamily[] {
  const families = new Map<string, Builder>();
  let number = 0;
  for (let start = 0; start < text.length; ) {
    number++;
    const newline = text.indexOf("\n", start);
    const line = text.slice(start, newline < 0 ? text.length : newline).replace(/^[ \t]+/, "");
    if (newline < 0 && line !== "") throw lineError(number, `unexpected end after ${excerpt(line)}`);
    if (line.charCodeAt(0) === 35) readHeader(line, number, families);
    else if (line !== "") readSample(line, number, families);
    start = newline < 0 ? text.length : newline + 1;
  }
  return [...families.values()].filter(({ series }) => series.length > 0).map(toFamily);
}

function readHeader(line: string, number: number, families: Map<string, Builder>): void {
  const [, keyword, rest = ""] = /^#[ \t]*(HELP|TYPE)(?:[ \t]+(.*))?$/s.exec(line) ?? [];
  if (keyword === undefined || rest === "") return;
  const [, name, blanks, text = ""] = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:$|([ \t]+)(.*)$)/s.exec(rest) ?? [];
  if (name === undefined) throw lineError(number, `bad metric name in ${excerpt(line)}`);
  if (blanks === undefined) return;
  const [family] = familyOf(name, families);
  if (text === "") return;
  if (keyword === "HELP") {
    if (family.help !== undefined) throw lineError(number, `second HELP of ${family.name}`);
    family.help = unescapeText(text, number);
  } else {
    if (family.type) throw lineError(number, `second TYPE of ${family.name}, or TYPE after its samples`);
    const type = TYPES.get(text.toUpperCase());
    if (!type) throw lineError(number, `unknown type ${excerpt(text)}`);
    family.type = type;
  }
}

function readSample(line: string, number: number, families: Map<string, Builder>): void {
  if (/\s$/.test(line)) throw lineError(number, `blanks after ${excerpt(line.trimEnd())}`);
  const sample = parseSample(line, number);
  if (sample.timestampMs !== undefined) throw lineError(number, `timestamps are not supported: ${excerpt(line)}`);
  const reserved = sample.labels.find(([name]) => name.startsWith("__"));
  if (reserved) throw lineError(number, `label ${reserved[0]} is reserved`);
  const [family, suffix] = familyOf(sample.name, families);
  family.type ??= "unknown";
  if (family.type === "summary" || family.type === "histogram") {
    addPoint(family, family.type, suffix, sample, number);
  } else family.series.push(newSeries(sample.labels, sample.value));
}

/** The family that a name belongs to, and what of the name is not the family's; a new family if there is none. */
function familyOf(name: string, families: Map<string, Builder>): [family: Builder, suffix: string] {
  const present = families.get(name);
  if (present) return [present, ""];
  for (const type of ["summary", "histogram"] as const) {
    const stem = name.replace(DISTRIBUTIONS[type].suffix, "");
    const family = stem === name ? undefined : families.get(stem);
    if (family?.type === type) return [family, name.slice(stem.length)];
  }
  const family: Builder = { name, series: [], byLabels: new Map() };
  families.set(name, family);
  return [family, ""];
}

function addPoint(
  family: Builder,
  type: "summary" | "histogram",
  suffix: string,
  { labels, value }: TextSample,
  number: number,
): void {
  const { point } = DISTRIBUTIONS[type];
  const own = labels.filter(([name]) => name !== point);
  const block = labelBlock(own);
  let series = family.byLabels.get(block);
  if (!series) {
    series = newSeries(own, 0);
    family.byLabels.set(block, series);
    family.series.push(series);
  }
  const bound = boundOf(labels, point, number);
  if (type === "histogram" && suffix !== "_sum" && value < 0) throw lineError(number, `negative count ${value}`);
  if (suffix === "_sum") series.sum = value;
  else if (suffix === "_count") series.count = type === "summary" ? Math.trunc(value) : value;
  else if (!Number.isNaN(bound)) series.points.set(bound, value);
}

/** Value of the label that tells points apart; NaN when there is none. */
function boundOf(labels: readonly Pair[], point: string, number: number): number {
  const [, text] = labels.find(([name]) => name === point) ?? [];
  if (text === undefined) return Number.NaN;
  const bound = parseGoFloat(text);
  if (bound === undefined) throw lineError(number, `label ${point} is no number: ${excerpt(text)}`);
  return bound;
}

function newSeries(labels: readonly Pair[], value: number): Series {
  return { labels, value, sum: 0, count: 0, points: new Map() };
}

function toFamily({ name, type = "unknown", help, series }: Builder): TextFamily {
  const names = new Set(series.flatMap(({ labels }) => labels.map(([label]) => label)));
  const samples = series.flatMap((one) => {
    const labels = one.labels.length === names.size ? one.labels : withAll(one.labels, names);
    if (type === "summary" || type === "histogram") return distributionSamples(type, labels, one);
    return { labels: labelBlock(labels), value: one.value };
  });
  return { name, type, help, samples };
}

function withAll(labels: readonly Pair[], names: ReadonlySet<string>): readonly Pair[] {
  const missing = [...names].filter((name) => !labels.some(([label]) => label === name));
  return sorted([...labels, ...missing.map((name) => [name, ""] as const)]);
}

function distributionSamples(
  type: "summary" | "histogram",
  labels: readonly Pair[],
  { points, sum, count }: Series,
): TextFamilySample[] {
  const { point, pointSuffix } = DISTRIBUTIONS[type];
  const all = new Map(points);
  if (type === "histogram" && !all.has(Number.POSITIVE_INFINITY)) all.set(Number.POSITIVE_INFINITY, count);
  const block = labelBlock(labels);
  return [
    ...[...all]
      .sort(([a], [b]) => a - b)
      .map(([bound, value]) => ({
        labels: labelBlock(sorted([...labels, [point, formatGoFloat(bound)]])),
        value,
        ...(pointSuffix === "" ? {} : { suffix: pointSuffix }),
      })),
    { labels: block, value: sum, suffix: "_sum" },
    { labels: block, value: count, suffix: "_count" },
  ];
}

function sorted(pairs: Pair[]): Pair[] {
  return pairs.sort(([a], [b]) => (a < b ? -1 : 1));
}
