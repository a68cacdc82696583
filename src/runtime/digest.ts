import { Buffer } from "node:buffer";
import process from "node:process";

/** What of Bun we use here. Its type package clashes with Deno's. */
declare const Bun:
  | undefined
  | {
      CryptoHasher: {
        hash(algorithm: Algorithm, data: string | Uint8Array): Uint8Array<ArrayBuffer>;
      };
    };

type Algorithm = "md5" | "sha256";

/** Digest of a text in UTF-8 or of bytes. On Bun without node:crypto, which takes 5 MB of memory. */
export function digest(algorithm: Algorithm, data: string | Uint8Array): Buffer {
  if (typeof Bun !== "undefined") return Buffer.from(Bun.CryptoHasher.hash(algorithm, data));
  return process.getBuiltinModule("node:crypto").createHash(algorithm).update(data).digest();
}
