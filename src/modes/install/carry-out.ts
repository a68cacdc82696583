import { execFileSync } from "node:child_process";
import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import process from "node:process";
import type { Files, Step } from "./plan.ts";
import { SERVICE_USER } from "./unit.ts";

/** The files of this machine. */
export const SYSTEM_FILES: Files = {
  read: (path) => (existsSync(path) ? readFileSync(path, "utf8") : undefined),
};

/** Does one step. Throws what the system says. */
export function carryOut(step: Step): void {
  if (step.do === "run") run(step.argv);
  else if (step.do === "folder") mkdirSync(step.path, { recursive: true, mode: 0o755 });
  else if (step.do === "file") write(step);
  else if (step.do === "remove") rmSync(step.path, { recursive: true, force: true });
}

/** What a program prints to stdout. */
export function run([file = "", ...args]: readonly string[]): string {
  try {
    return execFileSync(file, args, {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
      timeout: RUN_SECONDS * 1000,
    });
  } catch (error) {
    const { code, stderr, message } = error as { code?: string; stderr?: string; message: string };
    const reason = code === "ENOENT" ? "there is no such program" : stderr?.trim() || message;
    throw new Error(`Cannot run ${file}: ${reason}`, { cause: error });
  }
}

/** Longer than a unit's TimeoutStartSec and TimeoutStopSec together. */
const RUN_SECONDS = 90;

/** Nobody ever sees half of it, or a secret one with the rights of another. */
function write({ path, text, secret }: Step & { do: "file" }): void {
  const temporary = `${path}.tsmon-${process.pid}`;
  writeFileSync(temporary, text, { mode: secret ? 0o600 : 0o644, flag: "wx" });
  if (secret) {
    chownSync(temporary, 0, groupId(SERVICE_USER));
    chmodSync(temporary, 0o640);
  }
  renameSync(temporary, path);
}

function groupId(name: string): number {
  const id = run(["getent", "group", name]).split(":")[2];
  if (id === undefined) throw new Error(`Cannot find group ${name}: getent knows none`);
  return Number(id);
}
