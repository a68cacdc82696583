import type { z } from "zod";

type JsonSchema = z.core.JSONSchema.BaseSchema;

const BOOLEANS: ReadonlyMap<string, boolean> = new Map([
  ["true", true],
  ["yes", true],
  ["on", true],
  ["1", true],
  ["false", false],
  ["no", false],
  ["off", false],
  ["0", false],
]);

/**
 * Text from a flag, a variable or the file as the JSON type that its setting takes.
 *
 * All three give nothing but text, lists and mappings. Text that does not fit is left as it is, for the schema to refuse.
 */
export function coerce(value: unknown, json: JsonSchema): unknown {
  if (Array.isArray(value)) return value.map((item) => coerce(item, itemsOf(json)));
  if (typeof value === "object" && value !== null) return coerceProperties(value, json);
  if (typeof value !== "string") return value;
  switch (json.type) {
    case "boolean":
      return BOOLEANS.get(value.toLowerCase()) ?? value;
    case "number":
    case "integer":
      return value.trim() !== "" && Number.isFinite(Number(value)) ? Number(value) : value;
    case "array":
      return value.split(",").map((item) => coerce(item.trim(), itemsOf(json)));
    default:
      return value;
  }
}

function coerceProperties(value: object, json: JsonSchema): unknown {
  const { properties, additionalProperties } = branchOf(json, "object");
  const pairs = Object.entries(value).map(([name, member]) => {
    const property = properties?.[name] ?? additionalProperties;
    return [name, typeof property === "object" ? coerce(member, property) : member];
  });
  return Object.fromEntries(pairs);
}

function itemsOf(json: JsonSchema): JsonSchema {
  const { items } = branchOf(json, "array");
  return typeof items === "object" && !Array.isArray(items) ? items : {};
}

/** The part of a union that takes such values. */
function branchOf(json: JsonSchema, type: "array" | "object"): JsonSchema {
  return json.anyOf?.find((branch) => typeof branch === "object" && branch.type === type) ?? json;
}
