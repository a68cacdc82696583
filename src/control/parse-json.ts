import { Turn } from "./turn.ts";

/** What a list of thousands begins with, in an answer that has it under its first name. */
const LIST_START = /^\s*\{\s*"([a-zA-Z]+)"\s*:\s*\[\s*(?=\{)/;
/** What stands between two objects of a list: there, in a list within one of them, or in a text. */
const BETWEEN = /\}\s*,\s*(?=\{)/g;
/** Characters that are read in one go, in less than a millisecond. */
const PIECE_LENGTH = 64 * 1024;
/** Places that are tried before what is left is read in one go. */
const MAX_TRIES = 16;

/**
 * The value of a JSON text, as `JSON.parse()` has it. Of a long list of objects a piece is read at a time, and other work has
 * its turn meanwhile: for 5,000 devices it would wait for 50 ms.
 *
 * @throws {SyntaxError} If the text is not JSON.
 */
export async function parseJson(text: string): Promise<unknown> {
  const [start, name] = text.length > PIECE_LENGTH ? (LIST_START.exec(text) ?? []) : [];
  if (start === undefined || name === undefined) return JSON.parse(text);
  const items: unknown[] = [];
  const turn = new Turn();
  let from = start.length;
  for (;;) {
    if (turn.isOver) await turn.pass();
    const piece = pieceAt(text, from);
    if (piece === undefined) break;
    items.push(...piece.items);
    from = piece.end;
  }
  // What is left: the last objects, and what follows the list.
  const value = JSON.parse(`${start}${text.slice(from)}`) as Record<string, unknown>;
  return { ...value, [name]: [...items, ...(value[name] as unknown[])] };
}

/**
 * The objects from an offset on that make a piece, and where the next begins; undefined when no piece ends before the text.
 *
 * Two objects of the list meet where it says so if all before is JSON: the start of a longer object or text never is. Else
 * they are in a list within, or in a text, and the next place is tried.
 */
function pieceAt(text: string, from: number): { readonly items: unknown[]; readonly end: number } | undefined {
  BETWEEN.lastIndex = from + PIECE_LENGTH;
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    const found = BETWEEN.exec(text);
    if (found === null) return undefined;
    try {
      return { items: JSON.parse(`[${text.slice(from, found.index + 1)}]`), end: BETWEEN.lastIndex };
    } catch {
      // not there
    }
  }
  return undefined;
}
