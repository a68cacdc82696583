/** Kinds of source, in the order in which their problems are listed. */
const KINDS = ["argument", "variable", "file", "schema"] as const;

/** Where a value comes from. */
export interface Source {
  readonly kind: (typeof KINDS)[number];
  /** How messages name it: `flag --web.listen`, `file /etc/tsmon.yml, line 3, column 1`. */
  readonly label: string;
  /** Orders sources of one kind. */
  readonly position: number;
}

/** A value as its source has it, before any check. */
export interface Given {
  readonly value: unknown;
  readonly source: Source;
  /** Sources of a list's items, where they have one of their own. */
  readonly items?: readonly Source[];
}

/** One mistake in the settings. */
export interface Problem {
  readonly source: Source;
  readonly text: string;
}

/** What one source of settings gives: values by key, and what is wrong with it. */
export interface Layer {
  readonly given: Map<string, Given>;
  readonly problems: Problem[];
}

/** The settings are wrong. The message has one line for each mistake. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";

  constructor(problems: readonly Problem[]) {
    super(problems.toSorted(byPlace).map(toLine).join("\n"));
  }
}

function byPlace(a: Problem, b: Problem): number {
  return KINDS.indexOf(a.source.kind) - KINDS.indexOf(b.source.kind) || a.source.position - b.source.position;
}

function toLine({ source, text }: Problem): string {
  return `${source.label}: ${text}`;
}
