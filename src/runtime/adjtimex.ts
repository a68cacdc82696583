import { constants } from "node:os";
import process from "node:process";

/** What of Deno we use here. */
declare const Deno: undefined | DenoFfi;

interface DenoFfi {
  dlopen(
    name: string,
    symbols: Record<string, { parameters: readonly string[]; result: string }>,
  ): { symbols: Record<string, (...args: unknown[]) => unknown> };
  UnsafePointerView: new (pointer: object) => { getInt32(): number };
}

/** What of Bun's `bun:ffi` we use. */
interface BunFfi {
  dlopen(
    name: string,
    symbols: Record<string, { args: readonly string[]; returns: string }>,
  ): { symbols: Record<string, (...args: unknown[]) => unknown> };
  read: { i32(pointer: unknown): number };
}

/** The C library's function and its errno, as the runtime offers them. */
interface Libc {
  /** Fills the struct and returns the clock's state, or -1. */
  adjtimex(timex: Uint8Array): number;
  errno(): number;
}

/** The C library: glibc's name for it, which musl's loader takes for its own. */
const LIBRARY = "libc.so.6";

/** Size of `struct timex` in bytes on 64-bit Linux (`include/uapi/linux/timex.h`), with its room for later members. */
const TIMEX_BYTES = 208;

let libc: Libc | undefined;

/**
 * What adjtimex(2) says of the kernel's clock, which it leaves as it is.
 *
 * @throws {Error} The system's error, with its `code`; or one that says why the call cannot be made.
 */
export function adjtimex() {
  libc ??= loadLibc();
  const timex = new Uint8Array(TIMEX_BYTES); // modes is 0: nothing to set
  const state = libc.adjtimex(timex);
  if (state < 0) throw systemError(libc.errno());
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

function loadLibc(): Libc {
  if (process.platform !== "linux") throw new Error(`Cannot call adjtimex: ${process.platform} has none`);
  if (process.arch !== "x64" && process.arch !== "arm64") {
    throw new Error(`Cannot call adjtimex: its struct is not known on ${process.arch}`);
  }
  try {
    return typeof Deno === "undefined" ? loadWithBun() : loadWithDeno();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const hint = reason.includes("JIT") ? ", which MemoryDenyWriteExecute=yes forbids" : "";
    throw new Error(`Cannot call adjtimex: ${reason}${hint}`, { cause: error });
  }
}

function loadWithBun(): Libc {
  const ffi = process.getBuiltinModule("bun:ffi") as BunFfi | undefined;
  if (!ffi) throw new Error("this runtime cannot call the C library");
  const { symbols } = ffi.dlopen(LIBRARY, {
    adjtimex: { args: ["ptr"], returns: "i32" },
    __errno_location: { args: [], returns: "ptr" },
  });
  return {
    adjtimex: (timex) => symbols.adjtimex!(timex) as number,
    errno: () => ffi.read.i32(symbols.__errno_location!()),
  };
}

function loadWithDeno(): Libc {
  const { dlopen, UnsafePointerView } = Deno as DenoFfi;
  const { symbols } = dlopen(LIBRARY, {
    adjtimex: { parameters: ["buffer"], result: "i32" },
    __errno_location: { parameters: [], result: "pointer" },
  });
  return {
    adjtimex: (timex) => symbols.adjtimex!(timex) as number,
    errno: () => new UnsafePointerView(symbols.__errno_location!() as object).getInt32(),
  };
}

function systemError(errno: number): Error {
  const code = Object.entries(constants.errno).find(([, number]) => number === errno)?.[0] ?? `errno ${errno}`;
  return Object.assign(new Error(`Cannot call adjtimex: ${code}`), { code });
}
