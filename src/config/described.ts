import * as z from "zod/mini";
import { type Field, fieldOf, keysOf, type SettingsSchema } from "./schema.ts";

/** A setting with all that its help says. By itself, because what makes JSON schemas is of no use to a mode that starts. */
export interface DescribedField extends Field {
  readonly description: string;
  readonly json: z.core.JSONSchema.BaseSchema;
  /** What a user would write to get the default; undefined for a setting that has none. */
  readonly initial: unknown;
}

/** Descriptions of settings that share a schema, which their own schema's `.register(z.globalRegistry, { describe })` gives. */
type Describe = (key: string) => string | undefined;

/** The setting of a key, described. */
export function describedField(schema: SettingsSchema, key: string): DescribedField {
  const own = schema.shape[key] as z.ZodMiniType;
  const json = z.toJSONSchema(own, { io: "input" });
  const describe = z.globalRegistry.get(schema)?.describe as Describe | undefined;
  return {
    ...fieldOf(schema, key),
    description: json.description ?? describe?.(key) ?? "",
    json,
    initial: json.default ?? own.safeParse(undefined).data,
  };
}

/** All settings, described, in the schema's order. */
export function describedFields(schema: SettingsSchema): DescribedField[] {
  return keysOf(schema).map((key) => describedField(schema, key));
}
