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

/** A command with settings. */
export interface Command<Schema extends SettingsSchema> {
  readonly schema: Schema;
  /** Name of the command. */
  readonly mode: string;
  readonly description: string;
  readonly examples: readonly { readonly command: string; readonly does: string }[];
  /** Key of the setting that takes the words that are no flags. */
  readonly positional?: string & keyof z.output<Schema>;
}

/** A command that serves until it is asked to stop. */
export interface Mode<Schema extends SettingsSchema> extends Command<Schema> {
  readonly create: (options: ModeOptions<Readonly<z.output<Schema>>>) => Service<Readonly<z.output<Schema>>>;
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
  const { env, platform } = process;
  const resolved = await resolveCommand(mode, argv);
  if (typeof resolved === "number") return resolved;
  const common = resolved.settings as unknown as CommonSettings;
  const log = createLog({ level: common["log.level"], format: common["log.format"] });
  const optionsOf = ({ settings, given }: ResolvedSettings<Schema>): ModeOptions<Readonly<z.output<Schema>>> => {
    return { settings, given, env, platform, log };
  };
  const service = mode.create(optionsOf(resolved));
  onHangUp(() => void reload(service, log, async () => optionsOf(await resolve(mode, argv))));
  return serveUntilStopped(service, log, mode.serves(resolved.settings));
}

/** Settings of a command; or the exit code, when its help, its version or a check was all that was wanted. */
export async function resolveCommand<Schema extends SettingsSchema>(
  command: Command<Schema>,
  argv: readonly string[],
): Promise<ResolvedSettings<Schema> | number> {
  const { env, stdout } = process;
  const asked = asksFor(argv);
  if (asked) {
    const colour = Boolean(stdout.isTTY) && !env.NO_COLOR;
    stdout.write(asked === "version" ? versionLine() : helpOf(command, { columns: stdout.columns, colour }));
    return 0;
  }
  const resolved = await orProblem(() => resolve(command, argv));
  if (typeof resolved === "string") {
    process.stderr.write(`${resolved}\n`);
    return 2;
  }
  const common = resolved.settings as unknown as CommonSettings;
  if (common["config.print"]) stdout.write(await printSettings(command.schema, resolved.given));
  return common["config.check"] || common["config.print"] ? 0 : resolved;
}

function resolve<Schema extends SettingsSchema>(
  { schema, mode, positional }: Command<Schema>,
  argv: readonly string[],
) {
  const readFile = async (path: string) => readFileSync(path, "utf8");
  return resolveSettings({ schema, mode, argv, env: process.env, readFile, ...(positional && { positional }) });
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
