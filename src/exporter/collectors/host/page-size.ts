import { readFileSync } from "node:fs";
import { endianness } from "node:os";

/** Key of the page size in the auxiliary vector (`AT_PAGESZ` of getauxval(3)). */
const AT_PAGESZ = 6n;

/** Page size of 64-bit x86, and of 64-bit Arm kernels that are not built for larger ones. */
const USUAL_BYTES = 4096;

let known: number | undefined;

/** Bytes in a page of this machine's memory. */
export function pageBytes(): number {
  known ??= auxiliaryPageBytes() ?? USUAL_BYTES;
  return known;
}

/** The page size that the kernel told this process when it started it; undefined when it is not to be read. */
function auxiliaryPageBytes(): number | undefined {
  try {
    const { buffer, byteOffset, byteLength } = readFileSync("/proc/self/auxv");
    const vector = new DataView(buffer, byteOffset, byteLength);
    const isLittle = endianness() === "LE";
    for (let at = 0; at + 16 <= byteLength; at += 16) {
      if (vector.getBigUint64(at, isLittle) === AT_PAGESZ) return Number(vector.getBigUint64(at + 8, isLittle));
    }
  } catch {}
  return undefined;
}
