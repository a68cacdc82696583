import { digest } from "../runtime/digest.ts";

/**
 * The shard of a text as Prometheus's relabelling has it with `action: hashmod`: the last eight bytes of its MD5, as a
 * big-endian number, modulo `modulus`. Source: model/relabel, `sum64`.
 */
export function hashmod(text: string, modulus: number): number {
  const hash = digest("md5", text);
  // In two halves, since the number has 64 bits: (high × 2³² + low) mod m. Below 2²⁰ no product leaves 53 bits.
  const high = hash.readUInt32BE(8) % modulus;
  return (high * (2 ** 32 % modulus) + (hash.readUInt32BE(12) % modulus)) % modulus;
}

/** Largest number of shards, for which the arithmetic above is exact. */
export const MAX_SHARDS = 2 ** 20;
