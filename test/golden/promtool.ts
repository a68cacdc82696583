import { existsSync, readdirSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import process from "node:process";

/** promtool of the environment, or the one that the lab has built; undefined where there is none. */
function findPromtool(): string | undefined {
  const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "tsmon-lab");
  const built = existsSync(cache) ? readdirSync(cache).map((folder) => join(cache, folder, "promtool")) : [];
  return [process.env.TSMON_PROMTOOL, ...built].find((path) => path !== undefined && existsSync(path));
}

/** Its path, if there is one here. */
export const promtool = findPromtool();
if (!promtool) process.stderr.write("Skipping promtool: name one with TSMON_PROMTOOL, or run the lab, which builds it\n");

/** Value for the `skip` option of a test that needs it. In CI nothing is skipped. */
export const skipWithoutPromtool = !promtool && !process.env.CI;
