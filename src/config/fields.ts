import { z } from "zod";
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
export const ListenAddresses = z
  .array(converted(z.string(), parseListenAddress, ADDRESS))
  .min(1)
  .transform((addresses): readonly ListenAddress[] => addresses);

/** {@linkcode ListenAddresses} of a mode, by default `auto` on its own port. */
export function listenOn(port: number) {
  return ListenAddresses.prefault(["auto"]).register(z.globalRegistry, {
    description: `Address to serve on; auto is port ${port} on loopback and on each Tailscale address, loopback only with a userspace tailscaled or none`,
    placeholder: "ADDR:PORT",
  });
}

/** A duration in seconds. */
export const Seconds = converted(z.union([z.number(), z.string()], { error: DURATION }), toSeconds, DURATION);

/** A size in bytes. */
export const Bytes = converted(z.union([z.number(), z.string()], { error: SIZE }), toBytes, SIZE);

/** A TCP port that something listens on. */
export const Port = z.int().min(1).max(65535);

/** Path of a file or folder; whether it exists is its reader's question. */
export const FilePath = z
  .string()
  .min(1)
  .regex(/^[^\0]*$/, "is not a path: it has a NUL character");

/** Where tailscaled answers, if the user says so. */
export const Socket = FilePath.optional().register(z.globalRegistry, {
  description: "Path of tailscaled's socket; without it TS_SOCKET or the usual places",
  placeholder: "FILE",
});

/** Least severe level to log. */
export const LogLevel = z.enum(["debug", "info", "warn", "error"]);

/** Form of log lines. `logfmt` is node_exporter's word for `text`. */
export const LogFormat = z
  .enum(["text", "logfmt", "json"])
  .transform((format) => (format === "logfmt" ? "text" : format));

/** Settings of the log, the same in every mode. */
export const LogFields = {
  "log.level": LogLevel.default("info").register(z.globalRegistry, { description: "Least severe level to log" }),
  "log.format": LogFormat.prefault("text").register(z.globalRegistry, {
    description: "Form of log lines; logfmt is another name for text",
  }),
};

/** A regular expression in Go's syntax, see {@linkcode Pattern}; undefined for the empty text, which filters nothing. */
export const RegExpSetting = z.string().transform((text, context): Pattern | undefined => {
  try {
    return text === "" ? undefined : new Pattern(text);
  } catch (error) {
    context.addIssue({ code: "custom", message: `${REGEXP}: ${error instanceof Error ? error.message : error}` });
    return z.NEVER;
  }
});

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
  "config.file": FilePath.optional().register(z.globalRegistry, {
    description: "YAML file with settings",
    placeholder: "FILE",
  }),
  "config.check": z
    .boolean()
    .default(false)
    .register(z.globalRegistry, { description: "Check the settings, then exit with 0 or 2" }),
  "config.print": z
    .boolean()
    .default(false)
    .register(z.globalRegistry, { description: "Print the merged settings as YAML, then exit" }),
};

/** A schema that converts with a parser, for which undefined means that the value is not of the kind: `message` says so. */
export function converted<Input extends z.ZodType, Value>(
  input: Input,
  parse: (value: z.output<Input>) => Value | undefined,
  message: string,
) {
  return input.transform((value, context): Value => {
    const parsed = parse(value);
    if (parsed !== undefined) return parsed;
    context.addIssue({ code: "custom", message });
    return z.NEVER;
  });
}

function toSeconds(value: number | string): number | undefined {
  return parseSeconds(String(value));
}

function toBytes(value: number | string): number | undefined {
  return parseBytes(String(value));
}
