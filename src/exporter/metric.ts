/** Kinds of metric family. `unknown` is "untyped" in the text format. */
export type MetricType = "counter" | "gauge" | "histogram" | "summary" | "unknown";

declare const labelNamesOf: unique symbol;
/** A rendered label block such as `{cpu="0",mode="idle"}`, sorted by name; the empty string when there are no labels. */
export type Labels<Name extends string> = string & { readonly [labelNamesOf]: Name };

/** One value of one series, as a collector returns it. */
export interface Sample {
  readonly metric: Metric;
  /** The series' label block, see {@linkcode Labels}. */
  readonly labels: string;
  readonly value: number;
  /** What follows the family's name in the series' name: `_bucket`, `_sum` and `_count` of histograms and summaries. */
  readonly suffix?: string;
  /** When it was measured, as Unix time, where its source says so; else it is of the scrape. */
  readonly timestampMs?: number;
}

const METRIC_NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const LABEL_NAME = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

/** Describes a metric family: its name, type, HELP text and label names. Made by {@linkcode gauge} and its siblings. */
export class Metric<Name extends string = string> {
  readonly name: string;
  readonly type: MetricType;
  readonly help: string;
  readonly labelNames: readonly Name[];

  #problem: string | null | undefined;

  constructor(type: MetricType, name: string, help: string, labelNames: readonly Name[] = []) {
    this.type = type;
    this.name = name;
    this.help = help;
    this.labelNames = labelNames.length > 1 ? labelNames.toSorted() : labelNames;
  }

  /**
   * Why Prometheus's text format cannot have it: one of its names. Looked at when it is first asked, because a program
   * describes many families at its start that a host has nothing of.
   */
  get problem(): string | undefined {
    this.#problem ??= nameProblem(this) ?? null;
    return this.#problem ?? undefined;
  }

  /** Renders a label block once, for series of any metric with the same label names. */
  labels(values: Readonly<Record<Name, string>>): Labels<Name> {
    return labelBlock(this.labelNames.map((name) => [name, values[name]])) as Labels<Name>;
  }

  /** A sample of this family. */
  sample(value: number, labels: Labels<Name> | Readonly<Record<Name, string>> = "" as Labels<Name>): Sample {
    return { metric: this, labels: typeof labels === "string" ? labels : this.labels(labels), value };
  }
}

function nameProblem({ name, labelNames }: Metric): string | undefined {
  if (!METRIC_NAME.test(name)) return `${JSON.stringify(name)} is no name of a metric`;
  const label = labelNames.find((labelName) => !LABEL_NAME.test(labelName));
  return label === undefined ? undefined : `${JSON.stringify(label)} is no name of a label`;
}

/** A family of values that go up and down. */
export const gauge = <Name extends string = never>(name: string, help: string, labelNames: readonly Name[] = []) =>
  new Metric<Name>("gauge", name, help, labelNames);

/** A family of values that only grow, and restart at zero with what they count. */
export const counter = <Name extends string = never>(name: string, help: string, labelNames: readonly Name[] = []) =>
  new Metric<Name>("counter", name, help, labelNames);

/** A family whose source does not tell its kind ("untyped"). */
export const unknown = <Name extends string = never>(name: string, help: string, labelNames: readonly Name[] = []) =>
  new Metric<Name>("unknown", name, help, labelNames);

/** `[name, value]` pairs as a label block, in the order given. */
export function labelBlock(pairs: readonly (readonly [name: string, value: string])[]): string {
  if (pairs.length === 0) return "";
  return `{${pairs.map(([name, value]) => `${name}="${escapeLabelValue(value)}"`).join(",")}}`;
}

/** Backslash, line feed and double quote are what both text formats escape in a label value. */
export function escapeLabelValue(value: string): string {
  if (!/[\\\n"]/.test(value)) return value;
  return value.replaceAll("\\", "\\\\").replaceAll("\n", "\\n").replaceAll('"', '\\"');
}
