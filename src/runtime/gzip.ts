import { Buffer } from "node:buffer";

/** What of Bun we use here. Its type package clashes with Deno's. */
declare const Bun: undefined | { gzipSync(data: Uint8Array, options: { level: number }): Uint8Array<ArrayBuffer> };

/** Most of gzip's gain at a third of its default cost. */
const LEVEL = 1;

/** Bytes, compressed. On Bun without node:zlib, whose streams cost 9 MB of memory. */
export async function gzip(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  if (typeof Bun !== "undefined") return Bun.gzipSync(bytes, { level: LEVEL });
  const { gzipSync } = await import("node:zlib");
  return new Uint8Array(gzipSync(bytes, { level: LEVEL }));
}

/** Above this it takes longer than others should wait, in bytes. */
const LARGE_BYTES = 1024 * 1024;

/** A text in pieces as one file; a long one in a thread of its own, and never in one piece besides. */
export async function gzipPieces(pieces: readonly Uint8Array[]): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = pieces.reduce((sum, { length }) => sum + length, 0);
  if (bytes < LARGE_BYTES) return gzip(new Uint8Array(Buffer.concat(pieces)));
  const [{ createGzip }, { Readable }] = await Promise.all([import("node:zlib"), import("node:stream")]);
  const compressed: Uint8Array[] = [];
  for await (const part of Readable.from(pieces).pipe(createGzip({ level: LEVEL }))) compressed.push(part);
  return new Uint8Array(Buffer.concat(compressed));
}
