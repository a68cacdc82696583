import { existsSync, readdirSync } from "node:fs";
import { FileReader } from "./open-files.ts";

/** Half of the usual limit of 1,024 descriptors a process. The longest files are those of hosts with hundreds of CPUs. */
const kernelFiles = new FileReader({ openFiles: 512, fileBytes: 16 * 1024 * 1024 });

/**
 * Text of a file under procfs, sysfs or their like.
 *
 * Synchronous, because these files are kernel memory: a read costs microseconds, a trip through the thread pool more.
 */
export function readText(path: string): string {
  try {
    return kernelFiles.read(path);
  } catch (error) {
    throw fileError("read", path, error);
  }
}

/** {@linkcode readText}, or undefined when the system's error is one that is expected. */
export function readTextUnless(path: string, isExpected: (error: unknown) => boolean): string | undefined {
  try {
    return kernelFiles.read(path);
  } catch (error) {
    if (isExpected(error)) return undefined;
    throw fileError("read", path, error);
  }
}

/** {@linkcode readText}, or undefined when there is no such file. */
export function readTextIfPresent(path: string): string | undefined {
  return isMissing(path) ? undefined : readTextUnless(path, isAbsence);
}

/** {@linkcode readTextIfPresent} for a file that is nearly always there: it does not look before it reads. */
export function readTextOrAbsent(path: string): string | undefined {
  return readTextUnless(path, isAbsence);
}

/** Unsigned integer that fills a file, or undefined when the file is missing, unreadable or holds something else. */
export function readUnsignedIfPresent(path: string): number | undefined {
  if (isMissing(path)) return undefined;
  try {
    const text = kernelFiles.read(path).trim();
    return /^\d+$/.test(text) ? Number(text) : undefined;
  } catch {
    return undefined;
  }
}

/** Names in a directory, sorted; none when there is no such directory. */
export function namesIn(path: string): string[] {
  if (!existsSync(path)) return [];
  try {
    return readdirSync(path).sort();
  } catch (error) {
    if (isAbsence(error)) return [];
    throw fileError("list", path, error);
  }
}

/** Whether an error says that a file or a directory on its path is not there. */
export function isAbsence(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === "ENOENT" || code === "ENOTDIR" || code === "ENODEV";
}

/** Whether there is no such file. An exception costs ten times what a look costs, and hosts lack many files. */
function isMissing(path: string): boolean {
  return !kernelFiles.has(path) && !existsSync(path);
}

function fileError(verb: string, path: string, cause: unknown): Error {
  const { code, message } = cause as NodeJS.ErrnoException;
  return Object.assign(new Error(`Cannot ${verb} ${path}: ${code ?? message}`, { cause }), { code });
}
