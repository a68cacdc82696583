import process from "node:process";
import { labObstacle } from "./programs.ts";

/**
 * Value for the `skip` option of a test that needs the lab: why it cannot run here, said on stderr too, or false. In CI it is
 * always false, so that a machine without the lab fails there.
 */
export function skipWithoutLab(): string | false {
  const obstacle = labObstacle();
  if (obstacle === undefined || process.env.CI) return false;
  process.stderr.write(`Skipping tests in the lab: ${obstacle}\n`);
  return obstacle;
}
