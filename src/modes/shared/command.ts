import { readFileSync } from "node:fs";
import process from "node:process";
import type * as z from "zod/mini";
import { asksFor } from "../../config/arguments.ts";
import type { HelpText } from "../../config/help.ts";
import { type ResolvedSettings, resolveSettings } from "../../config/load.ts";
import { ConfigError } from "../../config/problem.ts";
import type { SettingsSchema } from "../../config/schema.ts";
import { BUILD } from "../../version.ts";
import { WebConfigError } from "../../web/web-config-error.ts";
import type { WebConfigModule } from "./front.ts";

type Env = Readonly<Record<string, string | undefined>>;

/** The environment with what variables of other programs mean here, and a line for each that was understood. */
export type Translate = (env: Env) => { readonly env: Env; readonly notes: readonly string[] };

/** A command with settings. */
export interface Command<Schema extends SettingsSchema> extends HelpText {
  readonly schema: Schema;
  readonly positional?: string & keyof z.output<Schema>;
  readonly translate?: Translate;
}

/** What is looked at of a command's settings. Those without servers lack the last two. */
interface CommonSettings {
  readonly "config.check": boolean;
  readonly "config.print": boolean;
  readonly "web.config.file"?: string | undefined;
  readonly "web.tls"?: "tailscale" | undefined;
}

/** Settings of a command, and what reads their web configuration file. */
export interface Resolved<Schema extends SettingsSchema> extends ResolvedSettings<Schema> {
  readonly webConfig: WebConfigModule | undefined;
}

/** Settings of a command; or the exit code, when its help, its version or a check was all that was wanted. */
export async function resolveCommand<Schema extends SettingsSchema>(
  command: Command<Schema>,
  argv: readonly string[],
): Promise<Resolved<Schema> | number> {
  const asked = asksFor(argv);
  if (asked) {
    const { env, stdout } = process; // here, because process.stdout takes 14 ms of every start to load
    const colour = Boolean(stdout.isTTY) && !env.NO_COLOR;
    const { helpOf } = await import("../../config/help.ts");
    stdout.write(asked === "version" ? versionLine() : helpOf(command, { columns: stdout.columns, colour }));
    return 0;
  }
  const resolved = await orProblem(() => resolve(command, argv));
  if (typeof resolved === "string") {
    process.stderr.write(`${resolved}\n`);
    return 2;
  }
  const common = resolved.settings as unknown as CommonSettings;
  if (common["config.print"]) {
    const { printSettings } = await import("../../config/print.ts");
    process.stdout.write(await printSettings(command.schema, resolved.given));
  }
  return common["config.check"] || common["config.print"] ? 0 : resolved;
}

/**
 * Settings of a command, read anew.
 *
 * @throws {ConfigError | WebConfigError} If they are wrong.
 */
export async function resolve<Schema extends SettingsSchema>(
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

async function orProblem<Value>(resolve: () => Promise<Value>): Promise<Value | string> {
  try {
    return await resolve();
  } catch (error) {
    if (error instanceof ConfigError || error instanceof WebConfigError) return error.message;
    throw error;
  }
}
