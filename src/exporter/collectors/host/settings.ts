import z from "zod";

/** Values of a collector's settings after parsing, by flag name. */
export type Settings<Shape extends z.ZodRawShape> = z.output<z.ZodObject<Shape>>;

/** Setting that takes a regular expression in Go's syntax. The empty string means none. */
export function regExpSetting(initial: string, description: string) {
  const parse = (text: string, context: z.RefinementCtx) => {
    try {
      return text === "" ? undefined : goRegExp(text);
    } catch (error) {
      context.addIssue({ code: "custom", message: (error as Error).message, input: text });
      return z.NEVER;
    }
  };
  return z.string().default(initial).transform(parse).meta({ description, placeholder: "REGEXP" });
}

/** Setting that takes a duration as Go writes it, such as `5s` or `1m30s`, and yields seconds. */
export function durationSetting(initial: string, description: string) {
  const parse = (text: string, context: z.RefinementCtx) => {
    const seconds = durationSeconds(text);
    if (seconds === undefined) {
      context.addIssue({ code: "custom", message: `"${text}" is not a duration such as "5s"`, input: text });
      return z.NEVER;
    }
    return seconds;
  };
  return z.string().default(initial).transform(parse).meta({ description, placeholder: "DURATION" });
}

const UNIT_SECONDS: Readonly<Record<string, number>> = { ms: 1e-3, s: 1, m: 60, h: 3600 };

function durationSeconds(text: string): number | undefined {
  if (!/^(\d+(\.\d+)?(ms|s|m|h))+$/.test(text)) return undefined;
  const parts = [...text.matchAll(/([\d.]+)(ms|s|m|h)/g)];
  return parts.reduce((seconds, [, amount, unit]) => seconds + Number(amount) * UNIT_SECONDS[unit!]!, 0);
}

const POSIX_CLASSES: Readonly<Record<string, string>> = {
  "[:alnum:]": "0-9A-Za-z",
  "[:alpha:]": "A-Za-z",
  "[:digit:]": "0-9",
  "[:lower:]": "a-z",
  "[:space:]": "\\s",
  "[:upper:]": "A-Z",
  "[:word:]": "\\w",
  "[:xdigit:]": "0-9A-Fa-f",
};

/**
 * A regular expression in Go's syntax as one of ours. The two differ in leading flags `(?i)`, named groups `(?P<x>…)`,
 * `\A` and `\z`, and POSIX classes (https://github.com/google/re2/wiki/Syntax).
 *
 * @throws {SyntaxError} If it is not a regular expression.
 */
export function goRegExp(text: string): RegExp {
  const [prefix = "", flags = ""] = /^\(\?([ims]+)\)/.exec(text) ?? [];
  const source = text
    .slice(prefix.length)
    .replaceAll("(?P<", "(?<")
    .replace(/\\A/g, flags.includes("m") ? "(?<![^])" : "^")
    .replace(/\\z/g, flags.includes("m") ? "(?![^])" : "$")
    .replace(/\[:[a-z]+:\]/g, (name) => POSIX_CLASSES[name] ?? name);
  return new RegExp(source, flags);
}
