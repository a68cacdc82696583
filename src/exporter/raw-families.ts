import { addLabel, type RawLine } from "./raw-line.ts";
import type { Format } from "./render.ts";
import { parseGoFloat } from "./text.ts";

/** A family of another exporter, its lines as they are to be written. */
export interface RawFamily {
  /** As in the TYPE line. */
  readonly name: string;
  /** The TYPE line's word. */
  type: string;
  /** What follows the name in the HELP line, as it is written. */
  help?: string;
  unit?: string;
  /** Names of its series. */
  readonly seriesNames: Set<string>;
  readonly lines: string[];
  /** Why it cannot be served, if it cannot. */
  problem?: string;
}

/** What follows a family's name in its series, by type. Sources: the specifications that `render()` names. */
const SUFFIXES: Readonly<Record<Format, Readonly<Record<string, readonly string[]>>>> = {
  text: {
    counter: [""],
    gauge: [""],
    untyped: [""],
    histogram: ["_bucket", "_sum", "_count"],
    summary: ["", "_sum", "_count"],
  },
  openmetrics: {
    counter: ["_total", "_created"],
    gauge: [""],
    unknown: [""],
    stateset: [""],
    info: ["_info"],
    histogram: ["_bucket", "_sum", "_count", "_created"],
    gaugehistogram: ["_bucket", "_gsum", "_gcount"],
    summary: ["", "_sum", "_count", "_created"],
  },
};

/** Labels that have to be numbers, by type. */
const BOUND: Readonly<Record<string, RegExp>> = {
  histogram: /[{,](le)="([^"]*)"/,
  gaugehistogram: /[{,](le)="([^"]*)"/,
  summary: /[{,](quantile)="([^"]*)"/,
};

/** A HELP that every parser of the text format takes. Others are left out: nothing hangs on them. */
const HELP = /^(?:[^\\]|\\[\\n])*$/;

const UNTYPED: Readonly<Record<Format, string>> = { text: "untyped", openmetrics: "unknown" };

/**
 * Families of an exposition, each line with the label `exporter` added.
 *
 * @throws {SyntaxError} If a line does not belong to the format, or in OpenMetrics the end is missing; it has its number.
 */
export function parseRawFamilies(text: string, format: Format, exporter: string): RawFamily[] {
  const families = new Map<string, RawFamily>();
  const points = new Set<string>();
  const lines = text.split("\n");
  if (lines.at(-1) === "") lines.pop();
  if (format === "openmetrics" && lines.pop() !== "# EOF")
    throw new SyntaxError("Cannot parse metrics: no # EOF at the end");
  lines.forEach((full, index) => {
    const line = full.endsWith("\r") ? full.slice(0, -1) : full;
    try {
      if (line.startsWith("#")) readComment(families, line, format);
      else if (line.trim() !== "") readSample(families, addLabel(line, "exporter", exporter, format), format, points);
    } catch (error) {
      throw new SyntaxError(`Cannot parse metrics line ${index + 1}: ${(error as Error).message}`);
    }
  });
  return [...families.values()].filter(({ lines }) => lines.length > 0);
}

function readComment(families: Map<string, RawFamily>, line: string, format: Format): void {
  const [, keyword, name = "", rest = ""] =
    /^#[ \t]+(HELP|TYPE|UNIT)[ \t]+([a-zA-Z_:][a-zA-Z0-9_:]*)(?:[ \t](.*))?$/.exec(line) ?? [];
  if (keyword === undefined) return;
  const family = familyOf(families, name, format);
  if (keyword === "HELP") {
    if (format !== "text" || HELP.test(rest)) family.help ??= rest;
  } else if (keyword === "UNIT") family.unit ??= rest;
  else {
    const type = rest.trim();
    if (!Object.hasOwn(SUFFIXES[format], type)) throw new SyntaxError("unknown type");
    if (family.type !== type && family.lines.length > 0) throw new SyntaxError("type after samples");
    family.type = type;
  }
}

function readSample(
  families: Map<string, RawFamily>,
  { name, line, point }: RawLine,
  format: Format,
  points: Set<string>,
): void {
  const family = ownerOf(families, name, format) ?? familyOf(families, name, format);
  if (!SUFFIXES[format][family.type]!.includes(name.slice(family.name.length))) {
    throw new SyntaxError(`${name} is no series of a ${family.type}`);
  }
  const [, label, bound = ""] = BOUND[family.type]?.exec(point) ?? [];
  if (label !== undefined && parseGoFloat(bound) === undefined) throw new SyntaxError(`${label} is no number`);
  family.seriesNames.add(name);
  family.lines.push(line);
  if (points.size === points.add(point).size) family.problem ??= `series ${point.trim().slice(0, 200)} exists twice`;
}

/** The family that was declared for a series. */
function ownerOf(families: ReadonlyMap<string, RawFamily>, name: string, format: Format): RawFamily | undefined {
  const exact = families.get(name);
  if (exact && SUFFIXES[format][exact.type]!.includes("")) return exact;
  for (let end = name.lastIndexOf("_"); end > 0; end = name.lastIndexOf("_", end - 1)) {
    const family = families.get(name.slice(0, end));
    if (family && SUFFIXES[format][family.type]!.includes(name.slice(end))) return family;
  }
  return exact;
}

function familyOf(families: Map<string, RawFamily>, name: string, format: Format): RawFamily {
  const present = families.get(name);
  if (present) return present;
  const family: RawFamily = { name, type: UNTYPED[format], seriesNames: new Set(), lines: [] };
  families.set(name, family);
  return family;
}
