import { nearest } from "./nearest.ts";
import type { Layer, Source } from "./problem.ts";
import {
  type Field,
  type FieldLookup,
  type ForeignFlag,
  foreignFlagsOf,
  keysOf,
  type SettingsSchema,
} from "./schema.ts";

/** What the words of a command line mean. */
export interface ArgumentRules {
  readonly schema: SettingsSchema;
  readonly fields: FieldLookup;
  readonly mode: string;
  /** Key of the list setting that takes the words that are no flags. Without it they are refused. */
  readonly positional?: string | undefined;
}

interface Flag {
  /** With its dashes. */
  readonly name: string;
  /** What follows `=`. */
  readonly inline: string | undefined;
  /** The word after the flag. */
  readonly next: string | undefined;
}

/** What a flag says. */
interface Reading {
  readonly field?: Field;
  readonly value?: string;
  readonly problem?: string;
  readonly usesNext?: boolean;
}

/** `help` or `version`, when the command line asks for it instead of naming settings. */
export function asksFor(argv: readonly string[]): "help" | "version" | undefined {
  const end = argv.indexOf("--");
  const flags = end < 0 ? argv : argv.slice(0, end);
  if (flags.includes("--help") || flags.includes("-h")) return "help";
  return flags.includes("--version") ? "version" : undefined;
}

/**
 * Settings of a command line: `--key=value`, `--key value`, `--key` and `--no-key` for booleans.
 *
 * A list setting collects its flags, for all others the last one wins. All words after `--` are positional.
 */
export function readArguments(argv: readonly string[], rules: ArgumentRules): Layer {
  const layer: Layer = { given: new Map(), problems: [] };
  for (let position = 0; position < argv.length; position++) {
    const word = argv[position]!;
    if (word === "--") {
      for (let rest = position + 1; rest < argv.length; rest++) addWord(layer, argv[rest]!, rest, rules);
      break;
    }
    if (word.startsWith("-")) position += addFlag(layer, argv, position, rules);
    else addWord(layer, word, position, rules);
  }
  return layer;
}

function addWord(layer: Layer, word: string, position: number, { fields, mode, positional }: ArgumentRules): void {
  const source: Source = { kind: "argument", label: "argument", position };
  const field = fields(positional ?? "");
  if (field !== undefined) return void addValue(layer, field, word, source);
  const text = `${JSON.stringify(word)} is not expected: tsmon ${mode} takes only flags such as --key=value`;
  layer.problems.push({ source, text });
}

/** How many words beyond its own the flag has used. */
function addFlag(layer: Layer, argv: readonly string[], position: number, rules: ArgumentRules): 0 | 1 {
  const word = argv[position]!;
  const equals = word.indexOf("=");
  const name = equals < 0 ? word : word.slice(0, equals);
  const inline = equals < 0 ? undefined : word.slice(equals + 1);
  const { field, value = "", problem, usesNext } = readFlag({ name, inline, next: argv[position + 1] }, rules);
  const source: Source = { kind: "argument", label: `flag ${name}`, position };
  if (problem !== undefined) layer.problems.push({ source, text: problem });
  else if (field !== undefined) addValue(layer, field, value, source);
  return usesNext ? 1 : 0;
}

function readFlag(flag: Flag, rules: ArgumentRules): Reading {
  const { name, inline, next } = flag;
  const field = name.startsWith("--") ? rules.fields(name.slice(2)) : undefined;
  if (field?.kind === "boolean") return { field, value: inline ?? "true" };
  if (field !== undefined) return readValue(field, flag);
  const negated = name.startsWith("--no-") ? rules.fields(name.slice(5)) : undefined;
  if (negated !== undefined) return readNegation(negated, inline);
  const foreign = foreignFlagsOf(rules.schema)(name);
  if (foreign !== undefined) return readForeign(foreign, flag, rules);
  // The next word is most likely the unknown flag's value, and no second mistake.
  const usesNext = inline === undefined && next !== undefined && isValue(next);
  return { problem: `unknown flag ${hintFor(name, rules)}`, usesNext };
}

function readNegation(field: Field, inline: string | undefined): Reading {
  const { key, kind } = field;
  if (kind !== "boolean") return { problem: `--${key} cannot be turned off: it takes a value` };
  if (inline !== undefined) return { problem: `takes no value: expected --no-${key} or --${key}=false` };
  return { field, value: "false" };
}

function readValue(field: Field, flag: Flag): Reading {
  const reading = valueAfter(flag);
  return reading.problem === undefined ? { ...reading, field } : reading;
}

function valueAfter({ name, inline, next }: Flag): Reading {
  if (inline !== undefined) return { value: inline };
  if (next !== undefined && isValue(next)) return { value: next, usesNext: true };
  const dash = next === undefined || next === "--" ? "" : ' (a value that begins with "-" needs the "=")';
  return { problem: `needs a value: expected ${name}=VALUE${dash}` };
}

function readForeign(foreign: ForeignFlag, flag: Flag, rules: ArgumentRules): Reading {
  if ("refusal" in foreign) return { problem: foreign.refusal };
  if ("key" in foreign) return readFlag({ ...flag, name: `--${foreign.key}` }, rules);
  if (!foreign.takesValue) return {};
  const { value: _ignored, ...reading } = valueAfter(flag);
  return reading;
}

/** Whether a word can be a flag's value: another flag cannot, a negative number can. */
function isValue(word: string): boolean {
  return !word.startsWith("-") || /^-\d+(\.\d+)?$/.test(word);
}

function hintFor(name: string, { schema, fields, mode }: ArgumentRules): string {
  const found = nearest(name.replace(/^--?(no-)?/, ""), [...keysOf(schema), "help", "version"]);
  if (found === undefined) return `(tsmon ${mode} --help lists them all)`;
  const negation = name.startsWith("--no-") && fields(found)?.kind === "boolean" ? "no-" : "";
  return `(did you mean --${negation}${found}?)`;
}

function addValue({ given }: Layer, { key, kind }: Field, value: string, source: Source): void {
  const before = kind === "list" ? given.get(key) : undefined;
  const items = [...(before?.items ?? []), source];
  const values = [...((before?.value as string[] | undefined) ?? []), value];
  given.set(key, kind === "list" ? { value: values, source: items[0]!, items } : { value, source });
}
