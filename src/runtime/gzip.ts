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

/** Bytes, compressed; many of them in a thread of their own. */
export async function gzipAnySize(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  if (bytes.length < LARGE_BYTES) return gzip(bytes);
  const zlib = await import("node:zlib");
  const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>();
  zlib.gzip(bytes, { level: LEVEL }, (error, result) => (error ? reject(error) : resolve(result)));
  return new Uint8Array(await promise);
}
