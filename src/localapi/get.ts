import { Buffer } from "node:buffer";
import type { Duplex } from "node:stream";
import { ChunkQueue } from "./chunk-queue.ts";

/** A GET over a connection that is open. */
export interface GetOptions {
  /** Value of the Host header. */
  readonly host: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** An answer of which the headers are there. */
export interface GetAnswer {
  readonly status: number;
  /** By names in small letters. Of one that is given twice the last. */
  readonly headers: ReadonlyMap<string, string>;
  /** Throws {@linkcode GetError} when it ends early. To be read to its end, or the connection to be destroyed. */
  readonly body: AsyncGenerator<Uint8Array, void, undefined>;
}

/** An answer over an open connection that is not HTTP, or breaks off. */
export class GetError extends Error {
  override readonly name = "GetError";
}

const MAX_HEAD_BYTES = 64 * 1024;
const HEAD_END = "\r\n\r\n";
const BREAKS_OFF = "the answer breaks off";

/**
 * Asks over a connection, such as one that tailscaled has dialled: the runtimes' own clients connect by themselves. The
 * connection serves this one question. Whoever made it destroys it, which is also how to give up.
 *
 * @throws {GetError} If no HTTP answer begins.
 */
export async function get(connection: Duplex, { host, path, headers = {} }: GetOptions): Promise<GetAnswer> {
  const lines = [`GET ${path} HTTP/1.1`, `Host: ${host}`, "Connection: close"];
  for (const [name, value] of Object.entries(headers)) lines.push(`${name}: ${value}`);
  if (lines.some((line) => /[^\t\x20-\x7e]/.test(line)))
    throw new RangeError("Cannot ask: a header has odd characters");
  connection.on("error", () => {}); // the end of the chunks tells the same
  const chunks = new ChunkQueue(connection);
  connection.write(`${lines.join("\r\n")}${HEAD_END}`);
  const bytes = new ByteReader(chunks);
  for (;;) {
    const { status, headers } = parseHead(await bytes.until(HEAD_END, MAX_HEAD_BYTES));
    if (status >= 200) return { status, headers, body: bodyOf(bytes, status, headers) };
  }
}

function parseHead(head: string): Omit<GetAnswer, "body"> {
  const [first = "", ...lines] = head.split("\r\n");
  const status = /^HTTP\/1\.[01] (\d{3})(?: |$)/.exec(first)?.[1];
  if (status === undefined) throw new GetError("the answer is not HTTP");
  const headers = new Map<string, string>();
  for (const line of lines) {
    const [, name, value = ""] = /^([\w!#$%&'*+.^`|~-]+):[ \t]*(.*?)[ \t]*$/.exec(line) ?? [];
    if (name === undefined) throw new GetError("the answer has a header that is none");
    headers.set(name.toLowerCase(), value);
  }
  return { status: Number(status), headers };
}

async function* bodyOf(
  bytes: ByteReader,
  status: number,
  headers: ReadonlyMap<string, string>,
): AsyncGenerator<Uint8Array, void, undefined> {
  if (status === 204 || status === 304) return;
  if (headers.get("transfer-encoding")?.toLowerCase().endsWith("chunked")) return yield* chunkedBody(bytes);
  const length = headers.get("content-length");
  if (length === undefined) return yield* bytes.rest();
  if (!/^\d{1,15}$/.test(length)) throw new GetError("the answer has a length that is none");
  yield* bytes.exactly(Number(length));
}

async function* chunkedBody(bytes: ByteReader): AsyncGenerator<Uint8Array, void, undefined> {
  for (;;) {
    const size = /^([0-9a-f]{1,8})[ \t]*(?:;.*)?$/i.exec(await bytes.until("\r\n", 1024))?.[1];
    if (size === undefined) throw new GetError("the answer has a chunk without a size");
    if (Number.parseInt(size, 16) === 0) return; // trailers mean nothing to us, and the connection ends
    yield* bytes.exactly(Number.parseInt(size, 16));
    await bytes.until("\r\n", 2);
  }
}

/** Reads a connection in pieces of the reader's choice. */
class ByteReader {
  readonly #chunks: ChunkQueue;
  #ahead: Uint8Array = new Uint8Array();

  constructor(chunks: ChunkQueue) {
    this.#chunks = chunks;
  }

  /** The text before `end`, which is taken too. */
  async until(end: string, maxBytes: number): Promise<string> {
    let from = 0;
    for (;;) {
      const found = Buffer.from(this.#ahead).indexOf(end, from, "latin1");
      if (found >= 0 && found <= maxBytes) {
        const text = Buffer.from(this.#ahead.subarray(0, found)).toString("latin1");
        this.#ahead = this.#ahead.subarray(found + end.length);
        return text;
      }
      if (this.#ahead.length > maxBytes + end.length) throw new GetError("the answer is not HTTP");
      from = Math.max(0, this.#ahead.length - end.length);
      this.#ahead = Buffer.concat([this.#ahead, await this.#next()]);
    }
  }

  async *exactly(length: number): AsyncGenerator<Uint8Array, void, undefined> {
    let left = length;
    while (left > 0) {
      const chunk = this.#ahead.length > 0 ? this.#ahead : await this.#next();
      yield chunk.subarray(0, left);
      this.#ahead = chunk.subarray(left);
      left -= Math.min(left, chunk.length);
    }
  }

  async *rest(): AsyncGenerator<Uint8Array, void, undefined> {
    if (this.#ahead.length > 0) yield this.#ahead;
    for (let chunk = await this.#chunks.next(); chunk !== undefined; chunk = await this.#chunks.next()) yield chunk;
    if (!this.#chunks.isWhole) throw new GetError(BREAKS_OFF);
  }

  async #next(): Promise<Uint8Array> {
    const chunk = await this.#chunks.next();
    if (chunk === undefined) throw new GetError(BREAKS_OFF);
    return chunk;
  }
}
