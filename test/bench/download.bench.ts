import { execFile } from "node:child_process";
import { statSync } from "node:fs";
import process from "node:process";
import { promisify } from "node:util";
import { filtersOf } from "../../scripts/release/package.ts";
import { BINARY } from "../e2e/binary.ts";
import type { Row } from "./harness.ts";

/** How a release is compressed, by the name in the result. */
const COMPRESSORS: Readonly<Record<string, readonly string[]>> = {
  ".tar.xz": ["xz", ...filtersOf(process.arch === "arm64" ? "linux-arm64" : "linux-amd64")],
  ".tar.gz": ["gzip", "-9"],
};
const BYTES_PER_MB = 1e6;
const TARGET = { text: "at most 40 MB", limit: 40 };

/** Size of the binary, as it is and as a release has it; MB of 10^6 bytes. */
export async function downloadRows(): Promise<Row[]> {
  const rows: Row[] = [{ what: "binary", value: statSync(BINARY).size / BYTES_PER_MB, unit: "MB" }];
  // At once, since it takes minutes, and load does not change a size.
  const sizes = await Promise.all(Object.values(COMPRESSORS).map(compressedMegabytes));
  for (const [index, name] of Object.keys(COMPRESSORS).entries()) {
    const value = sizes[index];
    if (value !== undefined) rows.push({ what: `download, ${name}`, value, unit: "MB", target: TARGET });
  }
  return rows;
}

/** Undefined where the compressor is not installed. */
async function compressedMegabytes(command: readonly string[]): Promise<number | undefined> {
  const script = 'command -v "$1" >/dev/null || exit 0; "$@" -q -c < "$0" | wc -c';
  const { stdout } = await promisify(execFile)("sh", ["-c", script, BINARY, ...command]);
  return stdout === "" ? undefined : Number(stdout) / BYTES_PER_MB;
}
