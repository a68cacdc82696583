import { type Input, inputOf } from "./schema.ts";

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
 * Text from a flag, a variable or the file as the type that its setting takes.
 *
 * All three give nothing but text, lists and mappings. Text that does not fit is left as it is, for the schema to refuse.
 */
export function coerce(value: unknown, input: Input): unknown {
  const { def } = input._zod;
  if (Array.isArray(value)) return value.map((item) => coerceItem(item, branchOf(input, "array")));
  if (typeof value === "object" && value !== null) return coerceMembers(value, input);
  if (typeof value !== "string") return value;
  switch (def.type) {
    case "boolean":
      return BOOLEANS.get(value.toLowerCase()) ?? value;
    case "number":
      return value.trim() !== "" && Number.isFinite(Number(value)) ? Number(value) : value;
    case "array":
      return value.split(",").map((item) => coerceItem(item.trim(), input));
    default:
      return value;
  }
}

function coerceItem(item: unknown, list: Input): unknown {
  const { def } = list._zod;
  return def.type === "array" ? coerce(item, inputOf(def.element)) : item;
}

function coerceMembers(value: object, input: Input): unknown {
  const { def: object } = branchOf(input, "object")._zod;
  const { def: record } = branchOf(input, "record")._zod;
  const pairs = Object.entries(value).map(([name, member]) => {
    const type = (object.type === "object" && object.shape[name]) || (record.type === "record" && record.valueType);
    return [name, type ? coerce(member, inputOf(type)) : member];
  });
  return Object.fromEntries(pairs);
}

/** The part of a union that takes such values. */
function branchOf(input: Input, type: "array" | "object" | "record"): Input {
  const { def } = input._zod;
  return (def.type === "union" && def.options.map(inputOf).find((option) => option._zod.def.type === type)) || input;
}
