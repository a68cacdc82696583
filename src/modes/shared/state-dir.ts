import { accessSync, constants, mkdirSync } from "node:fs";
import { join } from "node:path";

/** What decides where state is kept. */
export interface StateSearch {
  /** Folder that the user named, if any. */
  readonly named: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/**
 * Folder for what outlives the process: the named one, else systemd's `STATE_DIRECTORY`, else /var/lib/tsmon where it can
 * be written, else the user's own. It is made if it is missing; whether that worked is told by the first write.
 */
export function stateDirectory({ named, env }: StateSearch): string {
  // systemd separates several by colons.
  const given = named ?? env.STATE_DIRECTORY?.split(":")[0];
  if (given) {
    isWritable(given);
    return given;
  }
  const own = join(env.XDG_STATE_HOME || join(env.HOME || "/", ".local/state"), "tsmon");
  const folders = ["/var/lib/tsmon", own];
  return folders.find(isWritable) ?? "/var/lib/tsmon";
}

function isWritable(folder: string): boolean {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o755 });
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
