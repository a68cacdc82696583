import { quoted } from "./parse.ts";

/** Digits up to which a sum of doubles is exact, whatever they are. */
const EXACT_DIGITS = 15;
const EXACT_HEX_DIGITS = 13;

/**
 * Reads a text line by line and field by field. Files of procfs run to thousands of fields, most of which nobody wants:
 * this cuts out of the text only what is asked for. Its loops go by local variables, which a first scrape, whose code is
 * interpreted, reads several times faster than fields.
 */
export class Cursor {
  readonly #text: string;
  readonly #path: string;
  #start = 0;
  #at = 0;
  #end = -1;

  /** @param path File that the text comes from, for errors. */
  constructor(text: string, path: string) {
    this.#text = text;
    this.#path = path;
  }

  /** Goes to the start of the next line, at first to that of the first; false when there is none. */
  nextLine(): boolean {
    const start = this.#end + 1;
    if (start >= this.#text.length) return false;
    const feed = this.#text.indexOf("\n", start);
    this.#start = start;
    this.#at = start;
    this.#end = feed < 0 ? this.#text.length : feed;
    return true;
  }

  /** The whole line that it is in. */
  get line(): string {
    return this.#text.slice(this.#start, this.#end);
  }

  /** Goes past white space; whether anything follows in the line. */
  hasField(): boolean {
    const text = this.#text;
    const end = this.#end;
    let at = this.#at;
    while (at < end && isSpace(text.charCodeAt(at))) at++;
    this.#at = at;
    return at < end;
  }

  /** The next field of the line; the empty string when there is none. */
  field(): string {
    const start = this.#fieldStart();
    return this.#text.slice(start, this.#at);
  }

  /** Goes past some fields; past as many as there are. */
  skip(count: number): void {
    for (let i = 0; i < count; i++) this.#fieldStart();
  }

  /** What is left of the line, without white space around it. */
  rest(): string {
    const rest = this.#text.slice(this.#at, this.#end).trim();
    this.#at = this.#end;
    return rest;
  }

  /** What is left of the line up to a mark, and goes past the mark; undefined when there is no such mark in the line. */
  before(mark: string): string | undefined {
    const found = this.#text.indexOf(mark, this.#at);
    if (found < 0 || found >= this.#end) return undefined;
    const text = this.#text.slice(this.#at, found);
    this.#at = found + mark.length;
    return text;
  }

  /**
   * The next field as an unsigned decimal integer.
   *
   * @throws {SyntaxError} If it is absent or anything else.
   */
  unsigned(): number {
    const start = this.#fieldStart();
    const text = this.#text;
    const end = this.#at;
    let value = 0;
    for (let i = start; i < end; i++) {
      const digit = text.charCodeAt(i) - 48;
      if (digit < 0 || digit > 9) throw this.error();
      value = value * 10 + digit;
    }
    if (start === end) throw this.error();
    return end - start > EXACT_DIGITS ? Number(text.slice(start, end)) : value;
  }

  /** The next field as a decimal integer, which may be negative; throws as {@linkcode Cursor.unsigned} does. */
  integer(): number {
    if (!this.hasField() || this.#text.charCodeAt(this.#at) !== 45) return this.unsigned();
    this.#at++;
    if (isSpace(this.#text.charCodeAt(this.#at))) throw this.error();
    return 0 - this.unsigned();
  }

  /**
   * A hexadecimal integer without prefix: the next field, or as much of it as is before a mark, which it goes past.
   *
   * @throws {SyntaxError} If it is absent or anything else.
   */
  hex(mark?: string): number {
    this.hasField();
    const start = this.#at;
    if (mark === undefined) this.#fieldStart();
    else if (this.before(mark) === undefined) throw this.error();
    const end = mark === undefined ? this.#at : this.#at - mark.length;
    let value = 0;
    for (let i = start; i < end; i++) {
      const digit = hexDigit(this.#text.charCodeAt(i));
      if (digit < 0) throw this.error();
      value = value * 16 + digit;
    }
    if (start === end) throw this.error();
    return end - start > EXACT_HEX_DIGITS ? Number(`0x${this.#text.slice(start, end)}`) : value;
  }

  /** What to throw when the line is not what it should be. */
  error(): SyntaxError {
    return new SyntaxError(`Cannot parse ${this.#path}: found "${quoted(this.line)}"`);
  }

  /** Start of the next field, after which it goes to that field's end. */
  #fieldStart(): number {
    this.hasField();
    const text = this.#text;
    const end = this.#end;
    const start = this.#at;
    let at = start;
    while (at < end && !isSpace(text.charCodeAt(at))) at++;
    this.#at = at;
    return start;
  }
}

function isSpace(code: number): boolean {
  return code === 32 || (code >= 9 && code <= 13);
}

/** Value of a digit; negative when it is none. */
function hexDigit(code: number): number {
  if (code >= 48 && code <= 57) return code - 48;
  const lower = code | 32;
  return lower >= 97 && lower <= 102 ? lower - 87 : -1;
}
