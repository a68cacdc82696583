import type { RE2JS } from "re2js";
import { mayBacktrack } from "./backtracking.ts";

let re2: typeof RE2JS | undefined;

/** Loads what matches expressions that may backtrack, if any of some values is one: a megabyte that few ever need. */
export async function preparePatterns(values: readonly unknown[]): Promise<void> {
  const texts = values.flat(Number.POSITIVE_INFINITY).filter((value) => typeof value === "string");
  if (texts.some(mayBacktrack)) ({ RE2JS: re2 } = await import("re2js"));
}

/**
 * A regular expression in Go's syntax (https://github.com/google/re2/wiki/Syntax).
 *
 * What JavaScript writes in another way is translated; what cannot mean the same is refused, because an expression that
 * is read differently filters the wrong names without a word. RE2's own way to match takes a moment and megabytes to start,
 * so it serves only where JavaScript's may take very long.
 */
export class Pattern {
  /** As it was written. */
  readonly source: string;
  #compiled: Compiled | undefined;

  /**
   * @param when `later` compiles it at its first use, unchecked: for a setting's default, which is known to compile and not
   * to backtrack. A start makes dozens of them, and most hosts lack what they are for.
   * @throws {SyntaxError} With the reason, when the expression does not compile or would mean something else.
   */
  constructor(source: string, when: "now" | "later" = "now") {
    this.source = source;
    if (when === "now") this.#compiled = compile(source);
  }

  get #matcher(): Compiled {
    this.#compiled ??= { native: compileNative(this.source), linear: undefined };
    return this.#compiled;
  }

  /** Whether it matches anywhere in a text. */
  test(text: string): boolean {
    const { linear, native } = this.#matcher;
    return linear?.test(text) ?? native.test(text);
  }

  /** Whether it matches a text from end to end. */
  testWhole(text: string): boolean {
    const { linear, native } = this.#matcher;
    return linear?.testExact(text) ?? new RegExp(`^(?:${native.source})$`, native.flags).test(text);
  }
}

interface Compiled {
  readonly native: RegExp;
  /** Present where JavaScript's way to match may take very long. */
  readonly linear: RE2JS | undefined;
}

function compile(source: string): Compiled {
  const native = compileNative(source);
  if (!mayBacktrack(source)) return { native, linear: undefined };
  if (!re2) throw new Error(`Cannot compile ${source} before preparePatterns()`);
  return { native, linear: re2.compile(source) };
}

function compileNative(text: string): RegExp {
  const [leading = "", flags = ""] = /^\(\?([ims]+)\)/.exec(text) ?? [];
  const source = translate(text.slice(leading.length), flags.includes("s"));
  try {
    return new RegExp(source, `${[...new Set(flags)].join("")}u`);
  } catch (error) {
    throw new SyntaxError(reasonOf(error), { cause: error });
  }
}

const ESCAPE = "\\\\(?:[pP]\\{[^}]*\\}|[pP].|x\\{[^}]*\\}|[^])";
/** Outside of brackets: characters that mean themselves, or one construct, or the bracket that opens a class and a `]` after it. */
const OUTSIDE = new RegExp(
  `[\\w/]+|${ESCAPE}|\\[\\^?\\]?|\\(\\?(?:P?<[=!]?|[a-zA-Z-]*[:)]|[^])|\\{\\d+(?:,\\d*)?\\}|[^]`,
  "uy",
);
const INSIDE = new RegExp(`${ESCAPE}|\\[:\\^?[a-z]+:\\]|[^]`, "uy");

function translate(text: string, dotAll: boolean): string {
  let translated = "";
  let isInside = false;
  for (let at = 0; at < text.length; ) {
    const tokens: RegExp = isInside ? INSIDE : OUTSIDE;
    tokens.lastIndex = at;
    const token: string = tokens.exec(text)![0];
    at += token.length;
    if (token.startsWith("\\")) translated += escaped(token, isInside);
    else if (isInside) translated += POSIX_CLASSES[token] ?? unlessPosix(token);
    else translated += outside(token, dotAll);
    isInside = isInside ? token !== "]" : token.startsWith("[");
  }
  return translated;
}

const POSIX_CLASSES: Readonly<Record<string, string>> = {
  "[:alnum:]": "0-9A-Za-z",
  "[:alpha:]": "A-Za-z",
  "[:blank:]": "\\t ",
  "[:cntrl:]": "\\x00-\\x1f\\x7f",
  "[:digit:]": "0-9",
  "[:graph:]": "!-~",
  "[:lower:]": "a-z",
  "[:print:]": " -~",
  "[:punct:]": "!-\\/:-@\\[-`\\{-~",
  "[:space:]": "\\t\\n\\v\\f\\r ",
  "[:upper:]": "A-Z",
  "[:word:]": "0-9A-Za-z_",
  "[:xdigit:]": "0-9A-Fa-f",
};

function unlessPosix(token: string): string {
  if (token.length > 2) throw new SyntaxError(`${token} is not supported: write the characters out`);
  return token;
}

function outside(token: string, dotAll: boolean): string {
  if (token === ".") return dotAll ? "." : "[^\\n]";
  if (token === "{" || token === "}" || token === "]") return `\\${token}`;
  if (token.startsWith("[")) return token.replace("]", "\\]");
  if (token.startsWith("(?")) return group(token);
  return token;
}

function group(token: string): string {
  if (token === "(?P<") return "(?<";
  if (token === "(?<" || token === "(?:") return token;
  if (/^\(\?(<?[=!])/.test(token)) throw new SyntaxError("Go has no lookaround such as (?=x) and (?!x)");
  throw new SyntaxError(`${token} is not supported: flags such as (?i) can only stand at the start`);
}

/** Letters after a backslash that mean the same in both. */
const SAME = /^[bBdDwWnrtfv]$/;
const WHITE_SPACE = "\\t\\n\\f\\r ";

function escaped(token: string, isInside: boolean): string {
  const name = token.slice(1);
  if (name === "") throw new SyntaxError("a backslash at the end");
  if (SAME.test(name)) return token;
  if (name === "a") return "\\x07";
  if (name === "A" && !isInside) return "(?<![^])";
  if (name === "z" && !isInside) return "(?![^])";
  if (name === "s") return isInside ? WHITE_SPACE : `[${WHITE_SPACE}]`;
  if (name === "S" && !isInside) return `[^${WHITE_SPACE}]`;
  if (/^[pP]/.test(name)) return unicodeClass(name);
  if (name.startsWith("x")) return name.length > 1 ? `\\u${name.slice(1)}` : token;
  if (/^\d$/.test(name)) throw new SyntaxError("Go has no back references such as \\1");
  if (/^[A-Za-z]$/.test(name)) throw new SyntaxError(`\\${name} is not supported here`);
  return /^[\^$\\.*+?()[\]{}|/]$/.test(name) || (name === "-" && isInside) ? token : name;
}

/** `pL` and `p{L}` are general categories, a longer name is a script. */
function unicodeClass(name: string): string {
  const category = name.slice(1).replace(/^\{(.*)\}$/, "$1");
  return `\\${name[0]}{${category.length > 2 ? `Script=${category}` : category}}`;
}

/** The runtimes put the expression, or nothing, before the reason; the setting's message has the expression already. */
function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.slice(message.lastIndexOf(": ") + 1).trim();
}
