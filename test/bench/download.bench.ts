import { execFile } from "node:child_process";
import { statSync } from "node:fs";
import { promisify } from "node:util";
import { BINARY } from "../e2e/binary.ts";
import type { Row } from "./harness.ts";

const COMPRESSORS = [
  ["xz", "-9"],
  ["zstd", "-19"],
  ["gzip", "-9"],
] as const;
const BYTES_PER_MB = 1e6;
const TARGET = { text: "at most 40 MB", limit: 40 };

/** Size of the binary, as it is and as each compressor of this machine makes it; MB of 10^6 bytes. */
export async function downloadRows(): Promise<Row[]> {
  const rows: Row[] = [{ what: "binary", value: statSync(BINARY).size / BYTES_PER_MB, unit: "MB" }];
  // At once, since it takes minutes, and load does not change a size.
  const sizes = await Promise.all(COMPRESSORS.map(([name, level]) => compressedMegabytes(name, level)));
  for (const [index, [name, level]] of COMPRESSORS.entries()) {
    const value = sizes[index];
    if (value !== undefined) rows.push({ what: `download, ${name} ${level}`, value, unit: "MB", target: TARGET });
  }
  return rows;
}

/** Undefined where the compressor is not installed. */
async function compressedMegabytes(name: string, level: string): Promise<number | undefined> {
  const script = 'command -v "$1" >/dev/null || exit 0; "$1" -q "$2" -c "$3" | wc -c';
  const { stdout } = await promisify(execFile)("sh", ["-c", script, "sh", name, level, BINARY]);
  return stdout === "" ? undefined : Number(stdout) / BYTES_PER_MB;
}
