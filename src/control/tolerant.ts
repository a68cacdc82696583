import * as z from "zod/mini";
import { ControlError } from "./errors.ts";
import { Turn } from "./turn.ts";

/** A fact that is absent, and is not known either when it is of another type than the documents say. That costs nothing else. */
export function maybe<Schema extends z.ZodMiniType>(schema: Schema) {
  return z.catch(z.optional(schema), undefined);
}

export const text = maybe(z.string());
export const flag = maybe(z.boolean());
export const number = maybe(z.number());
/** An id that must be there: text, or a number as some versions write it. */
export const ownId = z.union([z.string().check(z.minLength(1)), z.pipe(z.int(), z.transform(String))]);
export const id = maybe(ownId);
/** A list of texts, without members that are none. */
export const texts = maybe(
  z.pipe(
    z.array(z.unknown()),
    z.transform((items) => items.filter((item) => typeof item === "string")),
  ),
);

/** The members of a list that are of a form, and how many are not. */
export interface Entries<Entry> {
  readonly entries: readonly Entry[];
  readonly rejected: number;
  /** Whether there was null in the list's place. Go writes an empty list so; a faulty server one that it does not know. */
  readonly isNull: boolean;
}

/** The list that an answer has under a name, or is itself. Rejects with {@linkcode ControlError} if there is none. */
export async function entriesOf<Entry>(
  answer: unknown,
  name: string | undefined,
  schema: z.ZodMiniType<Entry>,
  endpoint: string,
): Promise<Entries<Entry>> {
  const list = name === undefined ? answer : recordOf(answer, endpoint)[name];
  if (list === null || (list === undefined && name === undefined)) return { entries: [], rejected: 0, isNull: true };
  if (!Array.isArray(list)) {
    throw new ControlError("decode", endpoint, `expected a list${name === undefined ? "" : ` under ${name}`}`);
  }
  const entries: Entry[] = [];
  const turn = new Turn();
  for (const item of list) {
    if (turn.isOver) await turn.pass();
    const parsed = schema.safeParse(item);
    if (parsed.success) entries.push(parsed.data);
  }
  return { entries, rejected: list.length - entries.length, isNull: false };
}

/**
 * A list that there always is: an empty one too would be written as such.
 *
 * @param what The list, for the error.
 * @throws {ControlError} If there was null in its place.
 */
export function present<Entry>(list: Entries<Entry>, what: string): Entries<Entry> {
  if (list.isNull) throw new ControlError("decode", what, "there is none in the answer");
  return list;
}

/**
 * The answer as an object.
 *
 * @throws {ControlError} If it is none.
 */
export function recordOf(answer: unknown, endpoint: string): Readonly<Record<string, unknown>> {
  if (typeof answer === "object" && answer !== null && !Array.isArray(answer)) {
    return answer as Readonly<Record<string, unknown>>;
  }
  throw new ControlError("decode", endpoint, "expected an object");
}
