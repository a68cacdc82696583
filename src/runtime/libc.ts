import process from "node:process";

type CType = "i32" | "u32" | "usize" | "isize" | "buffer" | "pointer";

/** A C function: the types of its parameters and of its result. */
interface Signature {
  readonly parameters: readonly CType[];
  readonly result: CType;
}

/** Takes bytes for `buffer`, numbers for all else. Results that fit a number may come as a bigint; a pointer is the runtime's own. */
type Call = (...args: readonly (number | Uint8Array)[]) => number | bigint;
type Symbols<Name extends string> = Readonly<Record<Name, Call>>;

/** What of the runtimes we use here. Their type packages clash with each other. */
interface BunFfi {
  dlopen(path: string, symbols: Record<string, { args: string[]; returns: string }>): { symbols: Symbols<string> };
  readonly read: { i32(pointer: unknown): number };
}
declare const Deno: {
  dlopen(
    path: string,
    symbols: Record<string, Signature & { readonly nonblocking?: boolean }>,
  ): { readonly symbols: Symbols<string> };
  readonly UnsafePointerView: new (pointer: unknown) => { getInt32(): number };
};

/** glibc's name. musl's loader takes every name that begins with "libc." for itself (ldso/dynlink.c, `reserved`). */
const LIBC = "libc.so.6";

/** Bun's names of what it calls otherwise than Deno. */
const BUN_TYPES: Readonly<Partial<Record<CType, string>>> = {
  usize: "u64",
  isize: "i64",
  buffer: "ptr",
  pointer: "ptr",
};

const isBun = typeof process.versions.bun === "string";

function bunFfi(): BunFfi {
  return process.getBuiltinModule("bun:ffi") as unknown as BunFfi;
}

/**
 * Functions of the C library, for what no runtime offers. Loading takes about a millisecond, so call it when they are needed.
 *
 * @throws {Error} Where the system has no such library.
 */
export function openLibc<Name extends string>(functions: Readonly<Record<Name, Signature>>): Symbols<Name> {
  if (!isBun) return Deno.dlopen(LIBC, functions).symbols as Symbols<Name>;
  const { dlopen } = bunFfi();
  const bunType = (type: CType) => BUN_TYPES[type] ?? type;
  const entries = Object.entries<Signature>(functions).map(([name, { parameters, result }]) => {
    return [name, { args: parameters.map(bunType), returns: bunType(result) }] as const;
  });
  return dlopen(LIBC, Object.fromEntries(entries)).symbols as Symbols<Name>;
}

/** The integer of 32 bits at a pointer that a function of {@linkcode openLibc} has returned. */
export function int32At(pointer: unknown): number {
  return isBun ? bunFfi().read.i32(pointer) : new Deno.UnsafePointerView(pointer).getInt32();
}
