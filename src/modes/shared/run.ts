import process from "node:process";
import type * as z from "zod/mini";
import type { SettingsSchema } from "../../config/schema.ts";
import { configureLog, createLog, type Log, type LogOptions } from "../../log.ts";
import type { ListenError } from "../../runtime/serve.ts";
import { onHangUp, terminated } from "../../runtime/signals.ts";
import { BUILD } from "../../version.ts";
import { type Command, type Resolved, resolve, resolveCommand } from "./command.ts";
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

/** A command that serves until it is asked to stop. */
export interface Mode<Schema extends SettingsSchema> extends Command<Schema> {
  readonly create: (options: ModeOptions<Readonly<z.output<Schema>>>) => Service<Readonly<z.output<Schema>>>;
  /** What the start line says is served, and the path of its links. */
  readonly serves: (settings: Readonly<z.output<Schema>>) => { readonly what: string; readonly path: string };
}

/** Settings of the log, which every mode has. */
interface LogSettings {
  readonly "log.level": LogOptions["level"];
  readonly "log.format": LogOptions["format"];
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
  const log = settings as LogSettings;
  return { level: log["log.level"], format: log["log.format"] };
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
