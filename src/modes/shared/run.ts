import { readFileSync } from "node:fs";
import process from "node:process";
import type { z } from "zod";
import { asksFor } from "../../config/arguments.ts";
import { helpOf } from "../../config/help.ts";
import { type ResolvedSettings, resolveSettings } from "../../config/load.ts";
import { printSettings } from "../../config/print.ts";
import { ConfigError } from "../../config/problem.ts";
import type { SettingsSchema } from "../../config/schema.ts";
import { createLog, type Log, type LogOptions } from "../../log.ts";
import type { ListenError } from "../../runtime/serve.ts";
import { onHangUp, terminated } from "../../runtime/signals.ts";
import { BUILD } from "../../version.ts";

/** What a mode runs with. */
export interface ModeOptions<Settings> {
  readonly settings: Settings;
  /** Keys of the settings that the user gave. */
  readonly given: ReadonlyMap<string, unknown>;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly platform: string;
  readonly log: Log;
}

/** A running mode. */
export interface Service<Settings> {
  /** Where it answers, as `host:port`. */
  readonly addresses: readonly string[];
  /** Resolves with the refusals that keep it from doing its job. */
  start(): Promise<ListenError[]>;
  /** Goes on with other settings. */
  reload(options: ModeOptions<Settings>): Promise<void>;
  /** Takes note that new settings were refused. */
  reloadFailed(): void;
  stop(): Promise<void>;
}

type Env = Readonly<Record<string, string | undefined>>;

/** A command that serves until it is asked to stop. */
export interface Mode<Schema extends SettingsSchema> {
  readonly schema: Schema;
  /** Name of the command. */
  readonly mode: string;
  readonly description: string;
  readonly examples: readonly { readonly command: string; readonly does: string }[];
  readonly create: (options: ModeOptions<Readonly<z.output<Schema>>>) => Service<Readonly<z.output<Schema>>>;
  /** The environment with what variables of other programs mean here, and a line for each that was understood. */
  readonly translate?: (env: Env) => { readonly env: Env; readonly notes: readonly string[] };
  /** What the start line says is served, and the path of its links. */
  readonly serves: (settings: Readonly<z.output<Schema>>) => { readonly what: string; readonly path: string };
}

/** Settings that every mode has. */
interface CommonSettings {
  readonly "log.level": LogOptions["level"];
  readonly "log.format": LogOptions["format"];
  readonly "config.check": boolean;
  readonly "config.print": boolean;
}

/** Runs a mode until it is asked to stop, and returns the exit code. */
export async function runMode<Schema extends SettingsSchema>(
  mode: Mode<Schema>,
  argv: readonly string[],
): Promise<number> {
  type Settings = Readonly<z.output<Schema>>;
  const { schema } = mode;
  const { platform, stdout } = process;
  const { env, notes } = mode.translate?.(process.env) ?? { env: process.env, notes: [] };
  const asked = asksFor(argv);
  if (asked) {
    const colour = Boolean(stdout.isTTY) && !env.NO_COLOR;
    stdout.write(asked === "version" ? versionLine() : helpOf(mode, { columns: stdout.columns, colour }));
    return 0;
  }
  const resolve = () =>
    resolveSettings({ schema, mode: mode.mode, argv, env, readFile: async (path) => readFileSync(path, "utf8") });
  const resolved = await orProblem(resolve);
  if (typeof resolved === "string") {
    process.stderr.write(`${resolved}\n`);
    return 2;
  }
  const common = resolved.settings as unknown as CommonSettings;
  if (common["config.print"]) stdout.write(await printSettings(schema, resolved.given));
  if (common["config.check"] || common["config.print"]) return 0;
  const log = createLog({ level: common["log.level"], format: common["log.format"] });
  for (const note of notes) log.info(note);
  const optionsOf = ({ settings, given }: ResolvedSettings<Schema>): ModeOptions<Settings> => {
    return { settings, given, env, platform, log };
  };
  const service = mode.create(optionsOf(resolved));
  onHangUp(() => void reload(service, log, async () => optionsOf(await resolve())));
  return serveUntilStopped(service, log, mode.serves(resolved.settings));
}

/** The line that `--version` prints. */
export function versionLine(): string {
  return `tsmon ${BUILD.version} (revision ${BUILD.revision}, ${BUILD.runtime})\n`;
}

async function serveUntilStopped(
  service: Service<never>,
  log: Log,
  { what, path }: { readonly what: string; readonly path: string },
): Promise<number> {
  const stopped = terminated();
  const refused = await service.start();
  for (const { message } of refused) log.error(message);
  if (refused.length > 0) {
    await service.stop();
    return 1;
  }
  const links = service.addresses.map((address) => `http://${address}${path}`);
  log.info(`Serving ${what} on ${links.join(" and ")}`, { version: BUILD.version });
  const signal = await stopped;
  await service.stop();
  log.info("Stopped", { signal });
  return 0;
}

async function reload<Settings>(
  service: Service<Settings>,
  log: Log,
  options: () => Promise<ModeOptions<Settings>>,
): Promise<void> {
  try {
    await service.reload(await options());
    log.info("Settings reloaded");
  } catch (error) {
    service.reloadFailed();
    log.error(`Cannot reload the settings, so the old ones stay: ${error instanceof Error ? error.message : error}`);
  }
}

async function orProblem<Value>(resolve: () => Promise<Value>): Promise<Value | string> {
  try {
    return await resolve();
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
}
