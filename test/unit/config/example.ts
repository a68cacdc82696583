import { z } from "zod";
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
  "web.listen": ListenAddresses.prefault(["auto"]).meta({
    description: "Addresses to serve on",
    placeholder: "ADDR:PORT",
  }),
  "web.max-requests": z.int().min(0).max(1000).default(40).meta({ description: "Requests at once; 0 | any number" }),
  "log.level": LogLevel.default("info").meta({ description: "Least severe level to log" }),
  "log.format": LogFormat.prefault("text").meta({ description: "Form of log lines" }),
  "collector.cpu": z.boolean().default(true).meta({ description: "CPU time by mode" }),
  "collector.filesystem": z.boolean().default(true).meta({ description: "Sizes of mounted filesystems" }),
  "collector.filesystem.mount-points-exclude": RegExpSetting.prefault("^/(dev|proc)($|/)").meta({
    description: "Mount points to leave out",
    placeholder: "REGEXP",
  }),
  "collector.ntp": z.boolean().default(false).meta({ description: "Offset of an NTP server" }),
  refresh: Seconds.prefault("5m").meta({ description: "Time between refreshes", placeholder: "DURATION" }),
  "proxy.max-bytes": Bytes.prefault("50MiB").meta({ description: "Largest answer to pass on", placeholder: "SIZE" }),
  "api.key": SecretText.optional().meta({ description: "Key of the Tailscale API", placeholder: "KEY" }),
  "api.tailnet": z.string().default("-").meta({ description: "Name of the tailnet" }),
  "api.user-ids": z.array(z.int()).default([]).meta({ description: "Users to show" }),
  exporters: z
    .array(
      z.union([z.string().regex(EXPORTER, "is not NAME:PORT"), z.strictObject({ name: z.string(), port: z.int() })], {
        error: "is not NAME:PORT",
      }),
    )
    .default([])
    .meta({ description: "Local exporters to pass on", placeholder: "NAME:PORT" }),
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
