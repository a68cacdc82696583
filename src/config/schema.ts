import * as z from "zod/mini";

/** All settings of one mode: a `z.strictObject` with flat, dotted keys. */
export type SettingsSchema = z.ZodMiniObject;

/** What loading and help know of one setting. */
export interface Field {
  readonly key: string;
  readonly kind: "boolean" | "list" | "text";
  /** Its values are never shown. */
  readonly secret: boolean;
  /** What a user may write. */
  readonly input: Input;
}

/** A schema as far as it says what is written, and not what becomes of it. */
export type Input = z.core.$ZodTypes;

/** The field of a key; undefined for a key that is no setting. */
export type FieldLookup = (key: string) => Field | undefined;

/** Fields by key, each made when it is first asked for: few settings are given. */
export function fieldLookup(schema: SettingsSchema): FieldLookup {
  const fields = new Map<string, Field>();
  return (key) => {
    if (!fields.has(key) && Object.hasOwn(schema.shape, key)) fields.set(key, fieldOf(schema, key));
    return fields.get(key);
  };
}

/** One setting's {@linkcode Field}. */
export function fieldOf(schema: SettingsSchema, key: string): Field {
  const own = schema.shape[key] as z.ZodMiniType;
  const input = inputOf(own);
  const { type } = input._zod.def;
  return {
    key,
    kind: type === "boolean" ? "boolean" : type === "array" ? "list" : "text",
    secret: hasSecret(own),
    input,
  };
}

/** A schema without what only makes it optional or late, and without what its values become. */
export function inputOf(schema: z.core.$ZodType): Input {
  if (schema instanceof z.ZodMiniLazy) return inputOf(schema._zod.innerType);
  const { def } = (schema as Input)._zod;
  if ("innerType" in def) return inputOf(def.innerType);
  return def.type === "pipe" ? inputOf(def.in) : (schema as Input);
}

/** Whether a schema, or one within it, is `writeOnly`. */
function hasSecret(schema: z.core.$ZodType): boolean {
  if (schema instanceof z.ZodMiniLazy) return hasSecret(schema._zod.innerType);
  if (z.globalRegistry.get(schema)?.writeOnly === true) return true;
  const { def } = (schema as Input)._zod;
  return Object.entries(def).some(([name, part]) => {
    if (name === "shape") return Object.values(part as z.core.$ZodShape).some(hasSecret);
    if (name === "options") return (part as z.core.$ZodType[]).some(hasSecret);
    return PARTS.has(name) && part !== undefined && hasSecret(part as z.core.$ZodType);
  });
}

/** Members of a definition that are schemas themselves. */
const PARTS: ReadonlySet<string> = new Set(["innerType", "in", "element", "valueType"]);

/** A flag that is not among a schema's own, because it is that of a program in whose place the mode runs. */
export type ForeignFlag =
  /** It is another name for a setting. */
  | { readonly key: string }
  /** It says what is so in any case, or is of no matter here. */
  | { readonly takesValue: boolean }
  /** It cannot be obeyed, for a reason that continues a sentence which begins with the flag. */
  | { readonly refusal: string };

/** What a flag, with its dashes, means in another program. */
export type ForeignFlags = (name: string) => ForeignFlag | undefined;

/** Flags that a schema's `.register(z.globalRegistry, { foreignFlags })` adds to its own on the command line. */
export function foreignFlagsOf(schema: SettingsSchema): ForeignFlags {
  return (z.globalRegistry.get(schema)?.foreignFlags as ForeignFlags | undefined) ?? (() => undefined);
}

/** Names of all settings, in the schema's order. */
export function keysOf(schema: SettingsSchema): string[] {
  return Object.keys(schema.shape);
}

/** Name of a setting's environment variable: `TSMON_AGENT_WEB_LISTEN` for `web.listen` of the agent. */
export function variableOf(mode: string, key: string): string {
  return `${variablePrefixOf(mode)}${key.replace(/[.-]/g, "_").toUpperCase()}`;
}

/** What the environment variables of a mode begin with. */
export function variablePrefixOf(mode: string): string {
  return `TSMON_${mode.replace(" ", "_").toUpperCase()}_`;
}

/** Keys that say where settings are read from, and what to do with them, cannot stand in the file. */
export function belongsInFile(key: string): boolean {
  return !key.startsWith("config.");
}

/**
 * Variable name → key, of all settings.
 *
 * @throws {RangeError} If two keys share a variable: a mistake in the schema.
 */
export function variablesOf(schema: SettingsSchema, mode: string): ReadonlyMap<string, string> {
  const keys = new Map<string, string>();
  for (const key of keysOf(schema)) {
    const name = variableOf(mode, key);
    const other = keys.get(name);
    if (other !== undefined) throw new RangeError(`Cannot define settings: "${other}" and "${key}" are both ${name}`);
    keys.set(name, key);
  }
  return keys;
}
