import type { Format } from "./render.ts";
import { isTimestamp } from "./text.ts";

/** A sample's line, cut where a label is to be added. */
export interface RawLine {
  /** Name of the series. */
  readonly name: string;
  /** The line with the label in it, and all else as it was: values, timestamps and exemplars. */
  readonly line: string;
  /** Series and time, the same for every line that tells of this point. */
  readonly point: string;
}

const NAME = /[a-zA-Z_:][a-zA-Z0-9_:]*/y;
/** OpenMetrics lets a backslash stand before anything, Prometheus's text format before three characters. */
const LABEL: Readonly<Record<Format, RegExp>> = {
  text: /[ \t]*([a-zA-Z_][a-zA-Z0-9_]*)[ \t]*=[ \t]*"((?:[^"\\]|\\[\\n"])*)"[ \t]*(,|(?=\}))/y,
  openmetrics: /[ \t]*([a-zA-Z_][a-zA-Z0-9_]*)[ \t]*=[ \t]*"((?:[^"\\]|\\.)*)"[ \t]*(,|(?=\}))/y,
};
const NUMBER = String.raw`[+-]?(?:\d+(?:\.\d*)?(?:e[+-]?\d+)?|\.\d+(?:e[+-]?\d+)?|inf(?:inity)?|nan)`;
const PAIR = String.raw`[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\]|\\.)*"`;
const EXEMPLAR = `# \\{(?:${PAIR}(?:,${PAIR})*)?\\} ${NUMBER}(?: ${NUMBER})?`;
/** What follows the labels: value and time, in OpenMetrics an exemplar too. */
const REST: Readonly<Record<Format, RegExp>> = {
  text: new RegExp(String.raw`^[ \t]+(${NUMBER})(?:[ \t]+(-?\d+))?[ \t]*$`, "i"),
  openmetrics: new RegExp(`^ (${NUMBER})(?: (${NUMBER}))?(?: ${EXEMPLAR})?$`, "i"),
};

/**
 * A sample's line with one more label. A label of that name that it has already is kept as `exported_…`, or that with the
 * same before it, until no other has the name, as Prometheus does with a target's label.
 *
 * @throws {SyntaxError} If it is no line of the format; it has no text of the line, which may be long.
 */
export function addLabel(line: string, label: string, value: string, format: Format): RawLine {
  NAME.lastIndex = 0;
  const name = NAME.exec(line)?.[0];
  if (name === undefined) throw new SyntaxError("no name");
  let position = name.length;
  while (format === "text" && (line[position] === " " || line[position] === "\t")) position++;
  const hasLabels = line[position] === "{";
  const [labels, end] = hasLabels
    ? readLabels(line, position + 1, LABEL[format])
    : [new Map<string, string>(), name.length];
  const rest = line.slice(end);
  const [, , time = ""] = REST[format].exec(rest) ?? fail("no value");
  if (format === "text" && time !== "" && !isTimestamp(time)) throw new SyntaxError("no time");
  if (labels.has("__name__")) throw new SyntaxError("label __name__ is reserved");
  const before = labels.get(label);
  if (before !== undefined) {
    let free = label;
    while (labels.has(free)) free = `exported_${free}`;
    labels.delete(label);
    labels.set(free, before);
  }
  const pairs = [...labels].map(([key, text]) => `${key}="${text}"`);
  const series = seriesOf(name, label, value, pairs);
  // Nearly all exporters write them in order.
  const sorted = isSorted(pairs) ? series : seriesOf(name, label, value, pairs.toSorted());
  return { name, line: series + rest, point: `${sorted} ${time}` };
}

function seriesOf(name: string, label: string, value: string, pairs: readonly string[]): string {
  return `${name}{${label}="${value}"${pairs.length > 0 ? "," : ""}${pairs.join(",")}}`;
}

function isSorted(texts: readonly string[]): boolean {
  return texts.every((text, index) => index === 0 || texts[index - 1]! <= text);
}

function fail(problem: string): never {
  throw new SyntaxError(problem);
}

/** Label values as they are written, and where the block ends. */
function readLabels(line: string, start: number, pair: RegExp): [labels: Map<string, string>, end: number] {
  const labels = new Map<string, string>();
  pair.lastIndex = start;
  let position = start;
  for (let match = pair.exec(line); match; match = pair.exec(line)) {
    if (labels.has(match[1]!)) throw new SyntaxError(`label ${match[1]} exists twice`);
    labels.set(match[1]!, match[2]!);
    position = pair.lastIndex;
  }
  while (line[position] === " " || line[position] === "\t") position++;
  if (line[position] !== "}") throw new SyntaxError("bad labels");
  return [labels, position + 1];
}
