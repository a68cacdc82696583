import type * as z from "zod/mini";
import { readArguments } from "./arguments.ts";
import { coerce } from "./coerce.ts";
import { readSettingsFile } from "./file.ts";
import { messageOf } from "./message.ts";
import { ConfigError, type Given, type Layer, type Problem, type Source } from "./problem.ts";
import { preparePatterns } from "./regexp.ts";
import { type FieldLookup, fieldLookup, type SettingsSchema } from "./schema.ts";
import { MASK, maskUserInfo } from "./secret.ts";
import { readVariables } from "./variables.ts";

/** Where a mode's settings are looked for. */
export interface SettingsSources<Schema extends SettingsSchema> {
  readonly schema: Schema;
  /** Name of the mode, as in its command and its variables: `agent`. */
  readonly mode: string;
  /** The words after the mode's name. */
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Text of a file, for `--config.file`. */
  readonly readFile: (path: string) => Promise<string>;
  /** Key of the list setting that takes the words that are no flags. Without it they are refused. */
  readonly positional?: string & keyof z.output<Schema>;
}

/** A mode's settings, checked and complete. */
export interface ResolvedSettings<Schema extends SettingsSchema> {
  /** Frozen. */
  readonly settings: Readonly<z.output<Schema>>;
  /** What the user gave, as it was written, and where. Secrets are masked. The other settings have their default. */
  readonly given: ReadonlyMap<string, Given>;
}

/**
 * Settings from flag, environment variable, file or default: the first of these that has the setting.
 *
 * @throws {ConfigError} With all mistakes at once.
 */
export async function resolveSettings<Schema extends SettingsSchema>(
  sources: SettingsSources<Schema>,
): Promise<ResolvedSettings<Schema>> {
  const { schema, mode, argv, env, positional } = sources;
  const fields = fieldLookup(schema);
  const flags = readArguments(argv, { schema, fields, mode, positional });
  const variables = readVariables(env, schema, mode);
  const file = await readGivenFile(sources, flags.given.get("config.file") ?? variables.given.get("config.file"));
  const given = new Map([...file.given, ...variables.given, ...flags.given]);
  const raw = Object.fromEntries([...given].map(([key, { value }]) => [key, coerce(value, fields(key)!.input)]));
  await preparePatterns(Object.values(raw));
  // Compiling a parser pays off from the second parse on, and this is the only one.
  const parsed = schema.safeParse(raw, { error: messageOf, jitless: true });
  const problems = [...flags.problems, ...variables.problems, ...file.problems];
  if (!parsed.success) problems.push(...parsed.error.issues.map((issue) => problemOf(issue, raw, given, fields)));
  if (problems.length > 0) throw new ConfigError(problems);
  const shown = [...given].map(
    ([key, entry]) => [key, fields(key)?.secret ? { ...entry, value: MASK } : entry] as const,
  );
  return { settings: deepFreeze(parsed.data as z.output<Schema>), given: new Map(shown) };
}

/** The file's settings, read where a flag or variable names a file. */
async function readGivenFile(
  { schema, readFile }: SettingsSources<SettingsSchema>,
  path: Given | undefined,
): Promise<Layer> {
  if (typeof path?.value !== "string" || path.value === "") return { given: new Map(), problems: [] };
  let text: string;
  try {
    text = await readFile(path.value);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return {
      given: new Map(),
      problems: [{ source: path.source, text: `Cannot read ${JSON.stringify(path.value)}: ${reason}` }],
    };
  }
  return readSettingsFile(path.value, text, schema);
}

function problemOf(
  issue: z.core.$ZodIssue,
  raw: unknown,
  given: ReadonlyMap<string, Given>,
  fields: FieldLookup,
): Problem {
  const key = String(issue.path[0] ?? "");
  const entry = given.get(key);
  if (entry === undefined) return { source: schemaSource(key), text: issue.message };
  const source = entry.items?.[Number(issue.path[1])] ?? entry.source;
  const value = fields(key)?.secret ? MASK : maskUserInfo(String(JSON.stringify(valueAt(raw, issue.path))));
  const place = issue.path.filter((part) => typeof part === "string").join(".");
  return { source, text: `${source.kind === "file" ? `${place}: ` : ""}${value} ${issue.message}` };
}

/** For what no source gives: a setting that must be given, or a rule over several settings. */
function schemaSource(key: string): Source {
  return { kind: "schema", label: key === "" ? "settings" : `setting ${key}`, position: 0 };
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce((inner, key) => (inner as Record<PropertyKey, unknown> | undefined)?.[key], value);
}

/** Freezes objects and lists. Values with a class of their own, such as RegExp, keep their state. */
function deepFreeze<Value>(value: Value): Value {
  if (typeof value !== "object" || value === null) return value;
  if (!Array.isArray(value) && Object.getPrototypeOf(value) !== Object.prototype) return value;
  for (const member of Object.values(value)) deepFreeze(member);
  return Object.freeze(value);
}
