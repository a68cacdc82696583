import * as z from "zod/mini";
import { LocalApiError } from "./errors.ts";

/** 64-bit ids by the names that the LocalAPI gives them, with 16 digits or more, which a double may not hold. */
const LONG_ID = /"(ID|NodeID|UserID|User|AltSharerUserID|Sharer)":[ \t]?(-?\d{16,})(?=[\s,}])/g;

/**
 * The value of a JSON text. Ids too long for a double come as strings with their exact digits, short ones as numbers.
 *
 * A quote within a JSON string is escaped, so the pattern can match nothing but a member.
 *
 * @throws {SyntaxError} If the text is not JSON. It quotes nothing of it.
 */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text.replace(LONG_ID, '"$1":"$2"'));
  } catch {
    // The runtime's own message is not passed on: it quotes the text, which may hold keys and names.
    throw new SyntaxError(`expected JSON, found ${describe(text)}`);
  }
}

function describe(text: string): string {
  if (text.trim() === "") return "nothing";
  if (text.trimStart().startsWith("<")) return "an HTML page";
  return `${text.length} characters of something else`;
}

/** Error for an answer of which the decoder says that it cannot be used. It names the field and quotes no value. */
export function decodeError(endpoint: string, error: unknown): LocalApiError {
  if (error instanceof z.core.$ZodError) {
    return new LocalApiError("decode", endpoint, complaintOf(error, "the answer"));
  }
  if (error instanceof SyntaxError) return new LocalApiError("decode", endpoint, error.message);
  throw error; // a mistake of ours
}

/** The first thing that a schema found wrong, by its field or else the name of the whole. It quotes no value. */
export function complaintOf({ issues: [issue] }: z.core.$ZodError, whole: string): string {
  const field = issue?.path.join(".") || whole;
  if (issue?.code === "invalid_type") {
    return issue.expected === "nonoptional" ? `${field}: is missing` : `${field}: expected ${issue.expected}`;
  }
  if (issue?.code === "invalid_value") return `${field}: expected ${issue.values.join(" or ")}`;
  return `${field}: not of the form expected`;
}
