import * as z from "zod/mini";
import type { Labels } from "./labels.ts";

/** What an agent offers to be scraped. */
export interface Advertisement {
  readonly version?: string | undefined;
  readonly exporters: readonly Exporter[];
}

/** One of an agent's exporters. */
export interface Exporter {
  readonly name: string;
  /** Path of its metrics on the agent's port. */
  readonly path: string;
  /** Labels that the agent's owner gave it. */
  readonly labels: Labels;
}

/** Path at which an agent tells what it offers. */
export const ADVERTISEMENT_PATH = "/.well-known/tsmon";

/** Largest advertisement that is read. */
export const MAX_ADVERTISEMENT_BYTES = 256 * 1024;

const MAX_EXPORTERS = 200;
const MAX_LABELS = 32;
const MAX_LABEL_LENGTH = 256;

/** Names that are safe in a URL and in a label. None of them is `.` or `..`. */
const EXPORTER_NAME = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}$/;

/** A path without a query and without escapes. */
const EXPORTER_PATH = /^(?:\/[\w.~@:+=,-]+)+\/?$/;

/** Not those that begin with two underscores, by which Prometheus knows where and how it is to scrape. */
const LABEL_NAME = /^(?!__)[a-zA-Z_][a-zA-Z0-9_]*$/;

/** The answer's form, before each exporter is looked at by itself. */
const Answer = z.object({
  version: z.catch(z.optional(z.string().check(z.maxLength(128))), undefined),
  exporters: z.array(z.unknown()),
});

const ExporterEntry = z.object({
  name: z.string().check(z.regex(EXPORTER_NAME)),
  path: z.string().check(z.maxLength(512), z.regex(EXPORTER_PATH), z.refine(isResolved)),
  labels: z.nullish(z.record(z.string(), z.unknown())),
});

/**
 * Reads an agent's answer. Exporters and labels that are not valid are left out, and of a name given twice the second, so
 * that one mistake costs nothing else.
 *
 * @throws {SyntaxError} If it is not an advertisement at all.
 */
export function parseAdvertisement(text: string): Advertisement {
  return toAdvertisement(parseJson(text));
}

/**
 * As {@linkcode parseAdvertisement}, of a value that is parsed already.
 *
 * @throws {SyntaxError} If it is not an advertisement at all.
 */
export function toAdvertisement(value: unknown): Advertisement {
  const answer = Answer.safeParse(value);
  if (!answer.success) throw new SyntaxError("the answer is no list of exporters");
  const exporters = new Map<string, Exporter>();
  for (const entry of answer.data.exporters.slice(0, MAX_EXPORTERS)) {
    const parsed = ExporterEntry.safeParse(entry);
    if (!parsed.success || exporters.has(parsed.data.name)) continue;
    const { name, path, labels } = parsed.data;
    exporters.set(name, { name, path, labels: validLabels(labels ?? {}) });
  }
  return { version: answer.data.version, exporters: [...exporters.values()] };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new SyntaxError("the answer is not JSON"); // whose own message would quote it
  }
}

function validLabels(labels: Readonly<Record<string, unknown>>): Labels {
  const valid = Object.entries(labels).filter(
    (pair): pair is [string, string] =>
      LABEL_NAME.test(pair[0]) && pair[0].length <= MAX_LABEL_LENGTH && typeof pair[1] === "string",
  );
  return Object.fromEntries(
    valid.slice(0, MAX_LABELS).map(([name, value]) => [name, value.slice(0, MAX_LABEL_LENGTH)]),
  );
}

/** Whether no part of the path is one that a server would take for a step up. */
function isResolved(path: string): boolean {
  return !path.split("/").some((part) => part === "." || part === "..");
}
