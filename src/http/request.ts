import { Buffer } from "node:buffer";
import type { Connection } from "../runtime/connection.ts";

/** A request without a body. */
export interface HttpRequest {
  readonly method?: "GET" | "HEAD" | "POST";
  /** Value of the Host header. */
  readonly host: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/** An answer of which the headers are there. */
export interface HttpResponse {
  readonly status: number;
  /** By names in small letters. Of one that is given twice the last. */
  readonly headers: ReadonlyMap<string, string>;
  /** Throws {@linkcode HttpError} when it ends early. To be read to its end, or the connection to be closed. */
  readonly body: AsyncGenerator<Uint8Array, void, undefined>;
  /** The connection from here on, where the server switched protocols. */
  readonly switched: Connection | undefined;
}

/** An answer that is not HTTP, or one that breaks off, with the connection's own error as its cause. */
export class HttpError extends Error {
  override readonly name = "HttpError";
  readonly isCut: boolean;

  constructor(message: string, options?: ErrorOptions & { readonly isCut: boolean }) {
    super(message, options);
    this.isCut = options?.isCut ?? false;
  }
}

const MAX_HEAD_BYTES = 64 * 1024;
const HEAD_END = "\r\n\r\n";

/**
 * Asks over a connection, which serves this one question. The runtimes' own clients connect by themselves, differ in what
 * they make of an answer that breaks, and take memory. Whoever made the connection closes it, which is also how to give up.
 *
 * Source: RFC 9112.
 *
 * @throws {HttpError} If no HTTP answer begins.
 * @throws {RangeError} If a header or the path has characters that no request line can hold; nothing is sent.
 */
export async function request(connection: Connection, asked: HttpRequest): Promise<HttpResponse> {
  const { method = "GET", host, path, headers = {} } = asked;
  const fields = { Host: host, Connection: "close", ...(method === "POST" && { "Content-Length": "0" }), ...headers };
  const lines = [`${method} ${path} HTTP/1.1`, ...Object.entries(fields).map(([name, value]) => `${name}: ${value}`)];
  if (lines.some((line) => /[^\t\x20-\x7e]/.test(line)))
    throw new RangeError("Cannot ask: a header has odd characters");
  connection.write(`${lines.join("\r\n")}${HEAD_END}`);
  const bytes = new ByteReader(connection);
  for (;;) {
    const { status, headers } = parseHead(await bytes.until(HEAD_END, MAX_HEAD_BYTES, "HTTP/1."));
    if (status >= 100 && status < 200 && status !== 101) continue;
    const switched = status === 101 ? bytes.rejoined() : undefined;
    const isEmpty = method === "HEAD" || status === 101 || status === 204 || status === 304;
    return { status, headers, body: isEmpty ? noBody() : bodyOf(bytes, headers), switched };
  }
}

function parseHead(head: string): Pick<HttpResponse, "status" | "headers"> {
  const [first = "", ...lines] = head.split("\r\n");
  const status = /^HTTP\/1\.[01] (\d{3})(?: |$)/.exec(first)?.[1];
  if (status === undefined) throw new HttpError("the answer is not HTTP");
  const headers = new Map<string, string>();
  for (const line of lines) {
    const [, name, value = ""] = /^([\w!#$%&'*+.^`|~-]+):[ \t]*(.*?)[ \t]*$/.exec(line) ?? [];
    if (name === undefined) throw new HttpError("the answer has a header that is none");
    headers.set(name.toLowerCase(), value);
  }
  return { status: Number(status), headers };
}

async function* noBody(): HttpResponse["body"] {}

async function* bodyOf(bytes: ByteReader, headers: HttpResponse["headers"]): HttpResponse["body"] {
  if (headers.get("transfer-encoding")?.toLowerCase().endsWith("chunked")) return yield* chunkedBody(bytes);
  const length = headers.get("content-length");
  if (length === undefined) return yield* bytes.rest();
  if (!/^\d{1,15}$/.test(length)) throw new HttpError("the answer has a length that is none");
  yield* bytes.exactly(Number(length));
}

async function* chunkedBody(bytes: ByteReader): HttpResponse["body"] {
  for (;;) {
    const size = /^([0-9a-f]{1,8})[ \t]*(?:;.*)?$/i.exec(await bytes.until("\r\n", 1024))?.[1];
    if (size === undefined) throw new HttpError("the answer has a chunk without a size");
    if (Number.parseInt(size, 16) === 0) return; // trailers mean nothing to us, and the connection ends
    yield* bytes.exactly(Number.parseInt(size, 16));
    await bytes.until("\r\n", 2);
  }
}

/** Reads a connection in pieces of the reader's choice. */
class ByteReader {
  readonly #connection: Connection;
  #ahead: Buffer = Buffer.alloc(0);

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** The text before `end`, which is taken too. It has to begin so. */
  async until(end: string, maxBytes: number, beginning = ""): Promise<string> {
    for (let from = 0; ; ) {
      const found = this.#ahead.indexOf(end, from, "latin1");
      const isTooLong = found > maxBytes || (found < 0 && this.#ahead.length > maxBytes + end.length);
      if (isTooLong || !beginning.startsWith(this.#ahead.toString("latin1", 0, beginning.length)))
        throw new HttpError("the answer is not HTTP");
      if (found >= 0) {
        const text = this.#ahead.toString("latin1", 0, found);
        this.#ahead = this.#ahead.subarray(found + end.length);
        return text;
      }
      from = Math.max(0, this.#ahead.length - end.length);
      const more = await this.#next();
      this.#ahead = this.#ahead.length === 0 ? more : Buffer.concat([this.#ahead, more]);
    }
  }

  async *exactly(length: number): HttpResponse["body"] {
    for (let left = length; left > 0; ) {
      const chunk = this.#ahead.length > 0 ? this.#ahead : await this.#next();
      this.#ahead = chunk.subarray(left);
      left -= Math.min(left, chunk.length);
      yield chunk.subarray(0, chunk.length - this.#ahead.length);
    }
  }

  async *rest(): HttpResponse["body"] {
    let chunk: Buffer | undefined = this.#take();
    for (; chunk !== undefined; chunk = await this.#read()) if (chunk.length > 0) yield chunk;
  }

  /** The connection with what was read of it too early. */
  rejoined(): Connection {
    const ahead = this.#take();
    let isFirst = ahead.length > 0;
    const { write, close } = this.#connection;
    const read = async () => {
      if (!isFirst) return this.#connection.read();
      isFirst = false;
      return ahead;
    };
    return { read, write, close };
  }

  #take(): Buffer {
    const ahead = this.#ahead;
    this.#ahead = ahead.subarray(ahead.length);
    return ahead;
  }

  async #next(): Promise<Buffer> {
    return (await this.#read()) ?? Promise.reject(new HttpError("the answer breaks off", { isCut: true }));
  }

  async #read(): Promise<Buffer | undefined> {
    try {
      const chunk = await this.#connection.read();
      return chunk && Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    } catch (cause) {
      throw new HttpError("the answer breaks off", { cause, isCut: true });
    }
  }
}
