import { existsSync, readdirSync } from "node:fs";
import { NoData } from "../../collector.ts";
import { isAbsence, readText, readTextUnless } from "./files.ts";
import { quoted } from "./parse.ts";

/**
 * Text of an attribute of sysfs without the white space around it.
 *
 * @throws {Error} If it cannot be read; `code` is the system's.
 */
export function attribute(path: string): string {
  return readText(path).trim();
}

/** {@linkcode attribute} that a directory lists, or undefined when it is gone or its driver has no value for it. */
export function listedAttribute(path: string): string | undefined {
  return readTextUnless(path, isUnavailable)?.trim();
}

/** {@linkcode listedAttribute}, or undefined too when this process may not read it. */
export function readableAttribute(path: string): string | undefined {
  return readTextUnless(path, (error) => isUnavailable(error) || isForbidden(error))?.trim();
}

/** {@linkcode listedAttribute}, for one that many hosts lack. */
export function attributeIfPresent(path: string): string | undefined {
  // An exception costs ten times what a look costs.
  return existsSync(path) ? listedAttribute(path) : undefined;
}

/**
 * Names in a directory, sorted.
 *
 * @throws {NoData} With the reason given, if there is no such directory.
 */
export function namesOrNoData(path: string, reason: string): string[] {
  if (!existsSync(path)) throw new NoData(reason);
  return readdirSync(path).sort();
}

/** Whether an error says that there is no value, as drivers do when hardware does not support or know one. */
export function isUnavailable(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return isAbsence(error) || ["EINVAL", "ENODATA", "ENXIO", "EOPNOTSUPP", "ENOTSUP"].includes(code ?? "");
}

/** Whether an error says that this process may not read a file. */
export function isForbidden(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === "EACCES" || code === "EPERM";
}

/**
 * An integer with or without a sign, decimal or with the prefix `0x`.
 *
 * @param path File that it comes from, for the error.
 * @throws {SyntaxError} If it is anything else.
 */
export function integer(text: string, path: string): number {
  const value = parseInteger(text);
  if (value === undefined) throw new SyntaxError(`Cannot parse ${path}: found "${quoted(text)}"`);
  return value;
}

/** {@linkcode integer}, or undefined for anything else and for nothing. */
export function parseInteger(text: string | undefined): number | undefined {
  if (text === undefined || !/^[+-]?(\d+|0[xX][0-9a-fA-F]+)$/.test(text)) return undefined;
  return text.startsWith("-") ? -Number(text.slice(1)) : Number(text);
}
