import { existsSync, statfsSync } from "node:fs";
import type { NodeContext } from "../context.ts";
import { type Check, type Finding, fail, ok, warn } from "../finding.ts";

/** Below this nothing can be kept, and below that there is reason to look, in bytes. */
const NEEDED_BYTES = 1e6;
const WANTED_BYTES = 100e6;

/** Whether there is space for tsmon's state. */
export const disk: Check<NodeContext> = {
  subject: "disk",
  async run({ env }) {
    const places = [env.STATE_DIRECTORY?.split(":")[0], "/var/lib/tsmon", "/var/lib", "/"];
    const place = places.find((path) => path !== undefined && existsSync(path)) ?? "/";
    const { bavail, bsize } = statfsSync(place);
    return [diskFinding(place, bavail * bsize)];
  },
};

/** What so many free bytes at a place mean. */
export function diskFinding(place: string, freeBytes: number): Finding {
  const text = `${(freeBytes / 1e6).toFixed(0)} MB are free for state in ${place}`;
  if (freeBytes < NEEDED_BYTES) return fail(text, "Make space there");
  return freeBytes < WANTED_BYTES ? warn(text, "Make space there") : ok(text);
}
