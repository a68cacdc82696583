import { readdirSync } from "node:fs";
import { NoData } from "../../collector.ts";
import { isAbsence, kernelFiles, readText } from "./files.ts";

/** Errors of files that a driver has but cannot or will not answer, besides those that say there is none. */
const REFUSALS = new Set(["EACCES", "EPERM", "EINVAL", "EOPNOTSUPP", "ENOTSUP"]);

/**
 * Text of a one-value file in sysfs, without white space around it; undefined where the kernel has none.
 *
 * It does not look before it reads, because the files that it is for are nearly always there.
 */
export function readAttribute(path: string): string | undefined {
  try {
    return kernelFiles.read(path).trim();
  } catch (error) {
    const { code = "" } = error as NodeJS.ErrnoException;
    if (isAbsence(error) || REFUSALS.has(code)) return undefined;
    throw Object.assign(new Error(`Cannot read ${path}: ${code || (error as Error).message}`, { cause: error }), {
      code,
    });
  }
}

/** Integer of an attribute: decimal or, after `0x`, hexadecimal; undefined for anything else. */
export function parseInteger(text: string | undefined): number | undefined {
  const value = text ? Number(text) : Number.NaN;
  return Number.isInteger(value) ? value : undefined;
}

/** Text of a file that is nearly always there, which {@linkcode readAttribute} explains; undefined when it is not. */
export function readTextOrAbsent(path: string): string | undefined {
  try {
    return readText(path);
  } catch (error) {
    if (isAbsence(error)) return undefined;
    throw error;
  }
}

/**
 * Names of the devices of a class in sysfs, sorted.
 *
 * @throws {NoData} If the kernel has no such class.
 */
export function classDevices(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch (error) {
    if (isAbsence(error)) throw new NoData(`No ${folder}`);
    throw new Error(`Cannot list ${folder}: ${(error as NodeJS.ErrnoException).code}`, { cause: error });
  }
}
