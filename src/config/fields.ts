import * as z from "zod/mini";
import { type ListenAddress, parseListenAddress } from "./address.ts";
import { Pattern } from "./regexp.ts";
import { Secret } from "./secret.ts";
import { parseBytes, parseSeconds } from "./units.ts";

// A message continues a sentence that begins with the value: `"foo" is not an address: expected …`.
// Fields that convert take their default with `.prefault()`, in the form that a user would write.

const ADDRESS = "is not an address: expected auto, ADDR:PORT, [ADDR]:PORT or :PORT";
const DURATION = "is not a duration: expected 5s, 1m30s, 500ms or a number of seconds";
const SIZE = "is not a size: expected 50MiB, 64kB or a number of bytes";
const REGEXP = "is not a regular expression";
const SECRET = "is empty";

/** Addresses to listen on; the input is a list of texts, see {@linkcode parseListenAddress}. */
export const ListenAddresses = z.pipe(
  z.array(converted(z.string(), parseListenAddress, ADDRESS)).check(z.minLength(1)),
  z.transform((addresses): readonly ListenAddress[] => addresses),
);

/** {@linkcode ListenAddresses} of a mode, by default `auto` on its own port. */
export function listenOn(port: number) {
  return z.prefault(ListenAddresses, ["auto"]).register(z.globalRegistry, {
    description: `Address to serve on; auto is port ${port} on loopback and on each Tailscale address, loopback only with a userspace tailscaled or none`,
    placeholder: "ADDR:PORT",
  });
}

/** A duration in seconds. */
export const Seconds = converted(z.union([z.number(), z.string()], { error: DURATION }), toSeconds, DURATION);

/** A size in bytes. */
export const Bytes = converted(z.union([z.number(), z.string()], { error: SIZE }), toBytes, SIZE);

/** A TCP port that something listens on. */
export const Port = z.int().check(z.minimum(1), z.maximum(65535));

/** Where something else is reached: `HOST:PORT`, an IPv6 address in brackets. */
export const HostPort = z.string().check(
  z.refine((text) => {
    const [, digits = "0"] = /^(?:[\w.-]+|\[[\da-fA-F:]+\]):(\d{1,5})$/.exec(text) ?? [];
    return Port.safeParse(Number(digits)).success;
  }, "is not an address: expected HOST:PORT"),
);

/** Path of a file or folder; whether it exists is its reader's question. */
export const FilePath = z.string().check(z.minLength(1), z.regex(/^[^\0]*$/, "is not a path: it has a NUL character"));

/** Where tailscaled answers, if the user says so. */
export const Socket = z.optional(FilePath).register(z.globalRegistry, {
  description: "Path of tailscaled's socket; without it TS_SOCKET or the usual places",
  placeholder: "FILE",
});

/** Least severe level to log. */
export const LogLevel = z.enum(["debug", "info", "warn", "error"]);

/** Form of log lines. `logfmt` is node_exporter's word for `text`. */
export const LogFormat = z.pipe(
  z.enum(["text", "logfmt", "json"]),
  z.transform((format) => (format === "logfmt" ? "text" : format)),
);

/** Settings of the log, the same in every mode. */
export const LogFields = {
  "log.level": z._default(LogLevel, "info").register(z.globalRegistry, { description: "Least severe level to log" }),
  "log.format": z.prefault(LogFormat, "text").register(z.globalRegistry, {
    description: "Form of log lines; logfmt is another name for text",
  }),
};

/** A regular expression in Go's syntax, see {@linkcode Pattern}; undefined for the empty text, which filters nothing. */
export const RegExpSetting = z.pipe(
  z.string(),
  z.transform((text, context): Pattern | undefined => {
    try {
      return text === "" ? undefined : new Pattern(text, STANDARDS.has(text) ? "later" : "now");
    } catch (error) {
      const message = `${REGEXP}: ${error instanceof Error ? error.message : error}`;
      context.issues.push({ code: "custom", message, input: text });
      return z.NEVER;
    }
  }),
);

/** Expressions that are a setting's default. */
const STANDARDS = new Set<string>();

/** {@linkcode RegExpSetting} with a default that is known to compile, and does so at its first use. */
export function regExpOr(standard: string) {
  STANDARDS.add(standard);
  return z.prefault(RegExpSetting, standard);
}

/** A key or token. `writeOnly` is JSON schema's word for a value that is never shown, and what marks it for messages. */
export const SecretText = converted(
  z.string(),
  (text) => (text === "" ? undefined : new Secret(text)),
  SECRET,
).register(z.globalRegistry, {
  writeOnly: true,
});

/** The settings that every mode has besides its own. They steer the loading and so have no place in the file itself. */
export const ConfigFields = {
  "config.file": z.optional(FilePath).register(z.globalRegistry, {
    description: "YAML file with settings",
    placeholder: "FILE",
  }),
  "config.check": z
    ._default(z.boolean(), false)
    .register(z.globalRegistry, { description: "Check the settings, then exit with 0 or 2" }),
  "config.print": z
    ._default(z.boolean(), false)
    .register(z.globalRegistry, { description: "Print the merged settings as YAML, then exit" }),
};

/** A schema that converts with a parser, for which undefined means that the value is not of the kind: `message` says so. */
export function converted<Input extends z.ZodMiniType, Value>(
  input: Input,
  parse: (value: z.output<Input>) => Value | undefined,
  message: string,
) {
  return z.pipe(
    input,
    z.transform((value, context): Value => {
      const parsed = parse(value);
      if (parsed !== undefined) return parsed;
      context.issues.push({ code: "custom", message, input: value });
      return z.NEVER;
    }),
  );
}

function toSeconds(value: number | string): number | undefined {
  return parseSeconds(String(value));
}

function toBytes(value: number | string): number | undefined {
  return parseBytes(String(value));
}
