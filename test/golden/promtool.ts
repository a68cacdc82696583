import process from "node:process";
import { builtProgram } from "../lab/programs.ts";

/** promtool of the environment, then those that the lab has: its own, and Debian's, which is older. */
function findPromtools(): string[] {
  const paths = [process.env.TSMON_PROMTOOL, builtProgram("promtool"), builtProgram("debianPromtool")];
  return paths.filter((path) => path !== undefined);
}

/** Paths of all that there are here. */
export const promtools = findPromtools();
/** Path of the first, if there is one. */
export const [promtool] = promtools;
if (!promtool) process.stderr.write("Skipping promtool: name one with TSMON_PROMTOOL, or build it: bun test/lab/programs.ts\n");

/** Value for the `skip` option of a test that needs it. In CI nothing is skipped. */
export const skipWithoutPromtool = !promtool && !process.env.CI;
