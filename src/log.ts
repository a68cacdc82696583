import { writeSync } from "node:fs";
// Its core alone: the rest is for terminals, and costs 12 MB of memory.
import { type ConsolaInstance, createConsola, type LogObject } from "consola/core";

/** How and how much is logged. */
export interface LogOptions {
  readonly level: "debug" | "info" | "warn" | "error";
  readonly format: "text" | "json";
}

/** Facts that follow a line's sentence, with units in their names. */
export type LogFields = Readonly<Record<string, string | number | boolean>>;

export type Log = ConsolaInstance;

/** consola's numbers of our levels. */
const LEVELS: Readonly<Record<LogOptions["level"], number>> = { error: 0, warn: 1, info: 3, debug: 4 };

/** The process's log: one line an event on stderr, nothing suppressed. Call as `log.warn("Sentence", { fields })`. */
export function createLog(options: LogOptions, write: (line: string) => void = writeToStderr): Log {
  // consola drops lines that repeat within a second unless told not to.
  const log = createConsola({ throttle: 0, reporters: [] });
  configureLog(log, options, write);
  return log;
}

/** Makes a log go on with another level and form. */
export function configureLog(log: Log, options: LogOptions, write: (line: string) => void = writeToStderr): void {
  const toLine = options.format === "json" ? jsonLine : textLine;
  log.level = LEVELS[options.level];
  log.setReporters([{ log: (event: LogObject) => write(`${toLine(event)}\n`) }]);
}

const STDERR = 2;

/** Not by process.stderr, which takes 14 ms of every start to load. */
function writeToStderr(line: string): void {
  try {
    writeSync(STDERR, line);
  } catch {
    // Whoever was to read it is gone, or too slow: that ends no service.
  }
}

function textLine({ date, type, tag, args }: LogObject): string {
  const { sentence, fields } = partsOf(args);
  const pairs = Object.entries(fields).map(([key, value]) => ` ${key}=${quoted(value)}`);
  return `${date.toISOString()} ${type} ${tag ? `${tag}: ` : ""}${sentence}${pairs.join("")}`;
}

function jsonLine({ date, type, tag, args }: LogObject): string {
  const { sentence, fields } = partsOf(args);
  return JSON.stringify({ time: date.toISOString(), level: type, ...(tag ? { tag } : {}), msg: sentence, ...fields });
}

function partsOf([sentence, fields]: readonly unknown[]): { sentence: string; fields: LogFields } {
  const text = sentence instanceof Error ? sentence.message : String(sentence);
  return { sentence: text.replace(/[\s\p{Cc}]+/gu, " "), fields: (fields ?? {}) as LogFields };
}

function quoted(value: string | number | boolean): string {
  return typeof value === "string" && /[\s"=\p{Cc}]/u.test(value) ? JSON.stringify(value) : String(value);
}

/**
 * Logs changes and not repetitions: a problem when it appears or becomes another one, and its end.
 */
export class ChangeLog {
  readonly #log: Log;
  readonly #tellsChanges: (subject: string) => boolean;
  readonly #standing = new Map<string, string>();

  /** @param tellsChanges Whether a line is due when the problem of this subject becomes another one. */
  constructor(log: Log, tellsChanges: (subject: string) => boolean = () => true) {
    this.#log = log;
    this.#tellsChanges = tellsChanges;
  }

  /**
   * Tells all problems that stand now, by the name of what has them.
   *
   * @param isOver Whether a problem that is not among them has ended, for a look that did not see everything.
   */
  report(problems: ReadonlyMap<string, string>, isOver: (subject: string) => boolean = () => true): void {
    for (const [subject, text] of problems) {
      const before = this.#standing.get(subject);
      if (before === undefined || (before !== text && this.#tellsChanges(subject))) this.#log.warn(text, { subject });
      this.#standing.set(subject, text);
    }
    for (const subject of [...this.#standing.keys()].filter(
      (standing) => !problems.has(standing) && isOver(standing),
    )) {
      this.#standing.delete(subject);
      this.#log.info("Works again", { subject });
    }
  }
}
