import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
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
    return () => readSecret(file);
  }
  const folder = env.CREDENTIALS_DIRECTORY;
  const credential = folder === undefined ? undefined : join(folder, name);
  if (credential === undefined || !exists(credential)) return undefined;
  return () => readSecret(credential);
}

/** More than any key has. */
const MAX_LENGTH = 64 * 1024;

function readSecret(path: string): Secret {
  const text = readFileSync(path, "utf8");
  if (text.length > MAX_LENGTH) throw new Error(`${path} is too long for a key`);
  return new Secret(text);
}

function exists(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}

const OTHERS_READ = 0o004;

function warnOfOthers(path: string, log: Log): void {
  const mode = statSync(path, { throwIfNoEntry: false })?.mode ?? 0;
  if (mode & OTHERS_READ)
    log.warn("Every user of this host can read a file with a secret (chmod o-r FILE)", { file: path });
}
