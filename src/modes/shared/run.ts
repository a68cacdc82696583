import { readFileSync } from "node:fs";
import process from "node:process";
import type { z } from "zod";
import { asksFor } from "../../config/arguments.ts";
import { helpOf } from "../../config/help.ts";
import { type ResolvedSettings, resolveSettings } from "../../config/load.ts";
import { printSettings } from "../../config/print.ts";
import { ConfigError } from "../../config/problem.ts";
import type { SettingsSchema } from "../../config/schema.ts";
import { configureLog, createLog, type Log, type LogOptions } from "../../log.ts";
import type { ListenError } from "../../runtime/serve.ts";
import { onHangUp, terminated } from "../../runtime/signals.ts";
import { BUILD } from "../../version.ts";
import { WebConfigError } from "../../web/web-config-error.ts";
import type { WebConfigModule } from "./front.ts";
import { warnOfSettingsFile } from "./secrets.ts";
import { connectServiceManager, type ServiceManager } from "./service-manager.ts";

/** What a mode runs with. */
export interface ModeOptions<Settings> {
  readonly settings: Settings;
  /** Keys of the settings that the user gave. */
  readonly given: ReadonlyMap<string, unknown>;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly platform: string;
  readonly log: Log;
  /** What reads the web configuration file, where the settings name one. */
  readonly webConfig: WebConfigModule | undefined;
}

/** A running mode. */
export interface Service<Settings> {
  /** URLs of its root, without the final slash. None while it waits for a certificate. */
  readonly origins: readonly string[];
  /** Resolves with the refusals that keep it from doing its job. */
  start(): Promise<ListenError[]>;
  /** Goes on with other settings. */
  reload(options: ModeOptions<Settings>): Promise<void>;
  /** Takes note that new settings were refused. */
  reloadFailed(): void;
  stop(): Promise<void>;
}

type Env = Readonly<Record<string, string | undefined>>;

/** The environment with what variables of other programs mean here, and a line for each that was understood. */
export type Translate = (env: Env) => { readonly env: Env; readonly notes: readonly string[] };

/** A command with settings. */
export interface Command<Schema extends SettingsSchema> {
  readonly schema: Schema;
  /** Name of the command. */
  readonly mode: string;
  readonly description: string;
  readonly examples: readonly { readonly command: string; readonly does: string }[];
  /** Key of the setting that takes the words that are no flags. */
  readonly positional?: string & keyof z.output<Schema>;
  readonly translate?: Translate;
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
  readonly "web.config.file"?: string | undefined;
  readonly "web.tls"?: "tailscale" | undefined;
}

/** Runs a mode until it is asked to stop, and returns the exit code. */
export async function runMode<Schema extends SettingsSchema>(
  mode: Mode<Schema>,
  argv: readonly string[],
): Promise<number> {
  const { env, platform } = process;
  const resolved = await resolveCommand(mode, argv);
  if (typeof resolved === "number") return resolved;
  const log = createLog(logOptions(resolved.settings));
  const manager = await connectServiceManager({ env, pid: process.pid, log });
  const optionsOf = ({ settings, given, webConfig }: Resolved<Schema>): ModeOptions<Readonly<z.output<Schema>>> => {
    return { settings, given, webConfig, env, platform, log };
  };
  for (const note of mode.translate?.(env).notes ?? []) log.info(note);
  warnOfSettingsFile(resolved.given, resolved.settings, log);
  const service = mode.create(optionsOf(resolved));
  let reloaded = Promise.resolve();
  onHangUp(() => {
    // One after the other: two at once would each stop what the other starts.
    reloaded = reloaded.then(() =>
      reload(mode, service, { log, manager }, async () => optionsOf(await resolve(mode, argv))),
    );
  });
  return serveUntilStopped(service, { log, manager }, mode.serves(resolved.settings));
}

/** Whom a running mode tells how it stands. */
interface Listening {
  readonly log: Log;
  readonly manager: ServiceManager;
}

function logOptions(settings: unknown): LogOptions {
  const common = settings as CommonSettings;
  return { level: common["log.level"], format: common["log.format"] };
}

/** Settings of a command, and what reads their web configuration file. */
type Resolved<Schema extends SettingsSchema> = ResolvedSettings<Schema> & Pick<ModeOptions<never>, "webConfig">;

/** Settings of a command; or the exit code, when its help, its version or a check was all that was wanted. */
export async function resolveCommand<Schema extends SettingsSchema>(
  command: Command<Schema>,
  argv: readonly string[],
): Promise<Resolved<Schema> | number> {
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

async function resolve<Schema extends SettingsSchema>(
  { schema, mode, positional, translate }: Command<Schema>,
  argv: readonly string[],
): Promise<Resolved<Schema>> {
  const readFile = async (path: string) => readFileSync(path, "utf8");
  const env = translate?.(process.env).env ?? process.env;
  const resolved = await resolveSettings({ schema, mode, argv, env, readFile, ...(positional && { positional }) });
  return { ...resolved, webConfig: await loadWebConfig(resolved.settings as unknown as CommonSettings) };
}

/** @throws {WebConfigError} If the file cannot be used, or says what another setting says too. */
async function loadWebConfig(settings: CommonSettings): Promise<WebConfigModule | undefined> {
  const path = settings["web.config.file"];
  if (path === undefined) return undefined;
  const { readWebConfig } = await import("../../web/web-config.ts");
  const isTwice = readWebConfig(path).tls !== undefined && settings["web.tls"] !== undefined;
  if (!isTwice) return import("../../web/web-config-file.ts");
  throw new WebConfigError(`${path}: tls_server_config and --web.tls are two certificates: leave one of them out`);
}

/** The line that `--version` prints. */
export function versionLine(): string {
  return `tsmon ${BUILD.version} (revision ${BUILD.revision}, ${BUILD.runtime})\n`;
}

async function serveUntilStopped(
  service: Service<never>,
  { log, manager }: Listening,
  served: { readonly what: string; readonly path: string },
): Promise<number> {
  const stopped = terminated();
  const refused = await service.start();
  for (const { message } of refused) log.error(message);
  if (refused.length > 0) {
    await service.stop();
    return 1;
  }
  const serving = servingOf(service, served);
  log.info(serving, { version: BUILD.version });
  manager.ready(serving);
  const signal = await stopped;
  manager.stopping();
  await service.stop();
  log.info("Stopped", { signal });
  return 0;
}

function servingOf(service: Service<never>, { what, path }: { readonly what: string; readonly path: string }): string {
  const links = service.origins.map((origin) => `${origin}${path}`);
  if (links.length > 0) return `Serving ${what} on ${links.join(" and ")}`;
  return "Waiting for tailscaled's certificate before serving";
}

async function reload<Schema extends SettingsSchema>(
  mode: Mode<Schema>,
  service: Service<Readonly<z.output<Schema>>>,
  { log, manager }: Listening,
  options: () => Promise<ModeOptions<Readonly<z.output<Schema>>>>,
): Promise<void> {
  manager.reloading();
  try {
    const wanted = await options();
    await service.reload(wanted);
    configureLog(log, logOptions(wanted.settings));
    log.info("Settings reloaded");
    manager.ready(servingOf(service, mode.serves(wanted.settings)));
  } catch (error) {
    service.reloadFailed();
    const reason = error instanceof Error ? error.message : String(error);
    log.error(`Cannot reload the settings, so the old ones stay: ${reason}`);
    manager.ready(`Goes on with the old settings: ${reason.replaceAll("\n", "; ")}`);
  }
}

async function orProblem<Value>(resolve: () => Promise<Value>): Promise<Value | string> {
  try {
    return await resolve();
  } catch (error) {
    if (error instanceof ConfigError || error instanceof WebConfigError) return error.message;
    throw error;
  }
}
