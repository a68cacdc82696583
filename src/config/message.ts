import type * as z from "zod/mini";
import { nearest } from "./nearest.ts";

const KINDS: Readonly<Record<string, string>> = {
  array: "is not a list",
  boolean: "is not a boolean: expected true or false",
  int: "is not a whole number",
  number: "is not a number",
  object: "is not a mapping",
  record: "is not a mapping",
  string: "is not text",
};

/** What zod finds wrong, as the rest of a sentence that begins with the value. A field's own message comes before it. */
export function messageOf(issue: z.core.$ZodRawIssue): string {
  if (issue.input === undefined) return "needs a value";
  switch (issue.code) {
    case "invalid_type":
      return KINDS[issue.expected] ?? `is not of type ${issue.expected}`;
    case "invalid_value":
      return choiceMessage(issue.input, issue.values.map(String));
    case "too_small":
      if (issue.minimum === 1 && !isNumeric(issue.origin)) return "is empty";
      return `is too ${isNumeric(issue.origin) ? "small" : "short"}: expected at least ${issue.minimum}`;
    case "too_big":
      return `is too ${isNumeric(issue.origin) ? "large" : "long"}: expected at most ${issue.maximum}`;
    case "unrecognized_keys":
      return unknownKeysMessage(issue.keys, issue.inst as z.core.$ZodObject | undefined);
    case "invalid_key":
      return issue.issues.map(({ message }) => message).join(", ");
    default:
      return "is not valid";
  }
}

function isNumeric(origin: string): boolean {
  return origin === "number" || origin === "int";
}

function choiceMessage(input: unknown, choices: readonly string[]): string {
  return `is not one of ${choices.join(", ")}${hintOf(String(input), choices)}`;
}

function hintOf(name: string, candidates: readonly string[]): string {
  const found = nearest(name, candidates);
  return found === undefined ? "" : ` (did you mean ${found}?)`;
}

function unknownKeysMessage(keys: readonly string[], schema: z.core.$ZodObject | undefined): string {
  const known = Object.keys(schema?._zod.def.shape ?? {});
  return `has unknown keys: ${keys.map((key) => key + hintOf(key, known)).join(", ")}`;
}
