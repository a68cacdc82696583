import { constants } from "node:os";
import process from "node:process";
import { int32At, openLibc } from "./libc.ts";

/** Size of `struct timex` in bytes on 64-bit Linux (`include/uapi/linux/timex.h`), with its room for later members. */
const TIMEX_BYTES = 208;

let libc: ReturnType<typeof load> | undefined;

/**
 * What adjtimex(2) says of the kernel's clock, which it leaves as it is.
 *
 * @throws {Error} The system's error, with its `code`; or one that says why the call cannot be made.
 */
export function adjtimex() {
  libc ??= load();
  const timex = new Uint8Array(TIMEX_BYTES); // modes is 0: nothing to set
  const state = Number(libc.adjtimex(timex));
  if (state < 0) throw systemError(int32At(libc.__errno_location()));
  return { state, ...decodeTimex(timex) };
}

/** Members of `struct timex`. A C long is 8 bytes wide on amd64 and arm64, and aligned so. */
export function decodeTimex(timex: Uint8Array) {
  const view = new DataView(timex.buffer, timex.byteOffset, TIMEX_BYTES);
  const int = (offset: number) => view.getInt32(offset, true);
  const long = (offset: number) => Number(view.getBigInt64(offset, true));
  return {
    offset: long(8),
    freq: long(16),
    maxerror: long(24),
    esterror: long(32),
    status: int(40),
    constant: long(48),
    // 56 to 87: precision, tolerance, and the time
    tick: long(88),
    ppsfreq: long(96),
    jitter: long(104),
    shift: int(112),
    stabil: long(120),
    jitcnt: long(128),
    calcnt: long(136),
    errcnt: long(144),
    stbcnt: long(152),
    tai: int(160),
  };
}

function load() {
  if (process.platform !== "linux") throw new Error(`Cannot call adjtimex: ${process.platform} has none`);
  if (process.arch !== "x64" && process.arch !== "arm64") {
    throw new Error(`Cannot call adjtimex: its struct is not known on ${process.arch}`);
  }
  try {
    return openLibc({
      adjtimex: { parameters: ["buffer"], result: "i32" },
      __errno_location: { parameters: [], result: "pointer" },
    });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const hint = reason.includes("JIT") ? ", which MemoryDenyWriteExecute=yes forbids" : "";
    throw new Error(`Cannot call adjtimex: ${reason}${hint}`, { cause: error });
  }
}

function systemError(errno: number): Error {
  const code = Object.entries(constants.errno).find(([, number]) => number === errno)?.[0] ?? `errno ${errno}`;
  return Object.assign(new Error(`Cannot call adjtimex: ${code}`), { code });
}
