import { Buffer } from "node:buffer";
import type { Duplex } from "node:stream";
import { connect as connectTls } from "node:tls";

/** The start of an HTTP answer. */
export interface Answer {
  readonly status: number;
  /** At most {@linkcode MAX_BYTES}. */
  readonly body: string;
  /** Number of bytes that were read. */
  readonly bytes: number;
}

const MAX_BYTES = 4 * 1024 * 1024;

/**
 * The answer to a GET over a connection, which is closed after it. HTTP/1.0, so that its end is the connection's.
 *
 * @throws {Error} If there is none in time, or it is not HTTP.
 */
async function get(connection: Duplex, host: string, path: string, timeoutSeconds: number): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const timer = setTimeout(
    () => reject(new Error(`no complete answer within ${timeoutSeconds} s`)),
    timeoutSeconds * 1000,
  );
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  const finish = () => resolve(Buffer.concat(chunks).toString("utf8"));
  connection.on("data", (chunk: Uint8Array) => {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > MAX_BYTES) finish();
  });
  connection.once("end", finish);
  connection.once("close", finish);
  connection.once("error", (error: NodeJS.ErrnoException) => reject(new Error(error.code ?? error.message)));
  connection.write(`GET ${path} HTTP/1.0\r\nHost: ${host}\r\nUser-Agent: tsmon-doctor\r\nConnection: close\r\n\r\n`);
  try {
    const text = await promise;
    const [, status] = /^HTTP\/1\.[01] (\d{3})\b/.exec(text) ?? [];
    if (status === undefined) throw new NotHttp(text === "" ? "it closed the connection" : "the answer is not HTTP");
    const start = text.indexOf("\r\n\r\n");
    return { status: Number(status), body: start < 0 ? "" : text.slice(start + 4), bytes };
  } finally {
    clearTimeout(timer);
    connection.destroy();
  }
}

/** There was an answer, and it was none to HTTP: so do servers of TLS, among others. */
class NotHttp extends Error {}

/** The answer to a GET over a new connection, in TLS where it is not given without. No secret is sent, so any certificate will do. */
export async function ask(
  open: () => Promise<Duplex>,
  ...request: [host: string, path: string, timeoutSeconds: number]
): Promise<Answer> {
  try {
    return await get(await open(), ...request);
  } catch (error) {
    if (!(error instanceof NotHttp)) throw error;
    const secured = connectTls({ socket: await open(), rejectUnauthorized: false });
    return get(secured, ...request).catch(() => Promise.reject(error));
  }
}

/** What an answer of a program says in its first line, for a sentence. */
export function firstLine(body: string): string {
  const line = body.trimStart().split("\n", 1)[0] ?? "";
  return line.length > 200 ? `${line.slice(0, 200)}…` : line;
}
