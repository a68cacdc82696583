import * as z from "zod/mini";
import {
  Bytes,
  ConfigFields,
  ListenAddresses,
  LogFormat,
  LogLevel,
  RegExpSetting,
  Seconds,
  SecretText,
} from "../../../src/config/fields.ts";
import { type ResolvedSettings, resolveSettings } from "../../../src/config/load.ts";

const EXPORTER = /^[a-z]+:\d+$/;

/** Settings with one field of each kind. */
export const ExampleSettings = z.strictObject({
  ...ConfigFields,
  "web.listen": z.prefault(ListenAddresses, ["auto"]).register(z.globalRegistry, {
    description: "Addresses to serve on",
    placeholder: "ADDR:PORT",
  }),
  "web.max-requests": z
    ._default(z.int().check(z.minimum(0), z.maximum(1000)), 40)
    .register(z.globalRegistry, { description: "Requests at once; 0 | any number" }),
  "log.level": z._default(LogLevel, "info").register(z.globalRegistry, { description: "Least severe level to log" }),
  "log.format": z.prefault(LogFormat, "text").register(z.globalRegistry, { description: "Form of log lines" }),
  "collector.cpu": z._default(z.boolean(), true).register(z.globalRegistry, { description: "CPU time by mode" }),
  "collector.filesystem": z
    ._default(z.boolean(), true)
    .register(z.globalRegistry, { description: "Sizes of mounted filesystems" }),
  "collector.filesystem.mount-points-exclude": z
    .prefault(RegExpSetting, "^/(dev|proc)($|/)")
    .register(z.globalRegistry, {
      description: "Mount points to leave out",
      placeholder: "REGEXP",
    }),
  "collector.ntp": z
    ._default(z.boolean(), false)
    .register(z.globalRegistry, { description: "Offset of an NTP server" }),
  refresh: z
    .prefault(Seconds, "5m")
    .register(z.globalRegistry, { description: "Time between refreshes", placeholder: "DURATION" }),
  "proxy.max-bytes": z
    .prefault(Bytes, "50MiB")
    .register(z.globalRegistry, { description: "Largest answer to pass on", placeholder: "SIZE" }),
  "api.key": z
    .optional(SecretText)
    .register(z.globalRegistry, { description: "Key of the Tailscale API", placeholder: "KEY" }),
  "api.tailnet": z._default(z.string(), "-").register(z.globalRegistry, { description: "Name of the tailnet" }),
  "api.user-ids": z._default(z.array(z.int()), []).register(z.globalRegistry, { description: "Users to show" }),
  exporters: z
    ._default(
      z.array(
        z.union(
          [
            z.string().check(z.regex(EXPORTER, "is not NAME:PORT")),
            z.strictObject({ name: z.string(), port: z.int() }),
          ],
          {
            error: "is not NAME:PORT",
          },
        ),
      ),
      [],
    )
    .register(z.globalRegistry, { description: "Local exporters to pass on", placeholder: "NAME:PORT" }),
});

/** What a test gives in place of the command line, the environment and the disk. */
export interface Inputs {
  readonly argv?: readonly string[];
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Text of /etc/tsmon.yml. */
  readonly file?: string;
}

/** Settings of {@linkcode ExampleSettings}; a given file is named by its flag, unless a variable names it. */
export function resolveExample({
  argv = [],
  env = {},
  file,
}: Inputs): Promise<ResolvedSettings<typeof ExampleSettings>> {
  const named = file === undefined || env.TSMON_AGENT_CONFIG_FILE !== undefined;
  return resolveSettings({
    schema: ExampleSettings,
    mode: "agent",
    argv: named ? argv : [...argv, "--config.file=/etc/tsmon.yml"],
    env,
    readFile: async (path) => {
      if (path === "/etc/tsmon.yml" && file !== undefined) return file;
      throw new Error("ENOENT: no such file or directory");
    },
    positional: "exporters",
  });
}

/** The message with which {@linkcode resolveExample} rejects. */
export async function messageOfExample(inputs: Inputs): Promise<string> {
  try {
    await resolveExample(inputs);
  } catch (error) {
    if (error instanceof Error && error.name === "ConfigError") return error.message;
    throw error;
  }
  return "no error";
}
