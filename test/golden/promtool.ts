import { existsSync, readdirSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import process from "node:process";

/** promtool of the environment, then those that the lab has: its own, and Debian's, which is older. */
function findPromtools(): string[] {
  const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "tsmon-lab");
  const folders = existsSync(cache) ? readdirSync(cache).map((folder) => join(cache, folder)) : [];
  const built = ["promtool", "usr/bin/promtool"].flatMap((name) => folders.map((folder) => join(folder, name)));
  return [process.env.TSMON_PROMTOOL, ...built].filter((path) => path !== undefined).filter((path) => existsSync(path));
}

/** Paths of all that there are here. */
export const promtools = findPromtools();
/** Path of the first, if there is one. */
export const [promtool] = promtools;
if (!promtool) process.stderr.write("Skipping promtool: name one with TSMON_PROMTOOL, or run the lab, which builds it\n");

/** Value for the `skip` option of a test that needs it. In CI nothing is skipped. */
export const skipWithoutPromtool = !promtool && !process.env.CI;
