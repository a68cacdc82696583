import { type Stats, statSync } from "node:fs";
import { join } from "node:path";
import type { Given } from "../../config/problem.ts";
import { Secret } from "../../config/secret.ts";
import type { SecretReader } from "../../control/credentials.ts";
import type { Log } from "../../log.ts";

/** Where a secret may be: given, in a file, or among systemd's credentials under the setting's name. */
export interface SecretSearch {
  /** Name of the setting, such as `api.key`. */
  readonly name: string;
  readonly given: Secret | undefined;
  readonly file: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly log: Log;
}

/** A secret's reader; undefined where there is no secret. A file is read at each use. */
export function secretOf({ name, given, file, env, log }: SecretSearch): SecretReader | undefined {
  if (given) return () => given;
  if (file) {
    warnOfOthers(file, log);
    return () => readSecret(name, file);
  }
  const folder = env.CREDENTIALS_DIRECTORY;
  const credential = folder === undefined ? undefined : join(folder, name);
  if (credential === undefined || !factsOf(credential)?.isFile()) return undefined;
  return () => readSecret(name, credential);
}

/** Warns when a secret stands in the file of the settings and every user of this host can read that. */
export function warnOfSettingsFile(
  given: ReadonlyMap<string, Given>,
  settings: Readonly<Record<string, unknown>>,
  log: Log,
): void {
  const path = settings["config.file"];
  const isThere = [...given].some(([key, { source }]) => source.kind === "file" && holdsSecret(settings[key]));
  if (typeof path === "string" && isThere) warnOfOthers(path, log);
}

function holdsSecret(value: unknown): boolean {
  if (value instanceof Secret) return true;
  return typeof value === "object" && value !== null && Object.values(value).some(holdsSecret);
}

async function readSecret(name: string, path: string): Promise<Secret> {
  const { readFile } = await import("node:fs/promises"); // loaded only where there is a secret
  try {
    return new Secret(await readFile(path, "utf8"));
  } catch (error) {
    throw new Error(`${path}: ${(error as NodeJS.ErrnoException).code ?? error} (give it by --${name}-file)`);
  }
}

/** What the system tells of a file; undefined where it does not. Reading the file then tells why. */
function factsOf(path: string): Stats | undefined {
  try {
    return statSync(path);
  } catch {
    return undefined;
  }
}

const OTHERS_READ = 0o004;

function warnOfOthers(path: string, log: Log): void {
  const mode = factsOf(path)?.mode ?? 0;
  if (mode & OTHERS_READ)
    log.warn("Every user of this host can read a file with a secret (chmod o-r FILE)", { file: path });
}
