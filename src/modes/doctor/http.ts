import { Buffer } from "node:buffer";
import { Duplex } from "node:stream";
import { connect as connectTls } from "node:tls";
import { HttpError, request } from "../../http/request.ts";
import { type Connection, opened } from "../../runtime/connection.ts";

/** The start of an HTTP answer. */
export interface Answer {
  readonly status: number;
  /** At most {@linkcode MAX_BYTES}. */
  readonly body: string;
  /** Number of bytes that were read. */
  readonly bytes: number;
}

const MAX_BYTES = 4 * 1024 * 1024;

/** The answer to a GET over a new connection, in TLS where it is not given without. No secret is sent, so any certificate will do. */
export async function ask(
  open: () => Promise<Connection>,
  ...asked: [host: string, path: string, timeoutSeconds: number]
): Promise<Answer> {
  try {
    return await get(await open(), ...asked);
  } catch (error) {
    if (!(error instanceof HttpError)) throw error; // so do servers of TLS, among others
    const [, , timeoutSeconds] = asked;
    return secured(await open(), timeoutSeconds)
      .then((connection) => get(connection, ...asked))
      .catch(() => Promise.reject(error));
  }
}

/**
 * The answer to a GET over a connection, which is closed after it.
 *
 * @throws {Error} If there is none in time, or it is not HTTP.
 */
async function get(connection: Connection, host: string, path: string, timeoutSeconds: number): Promise<Answer> {
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    connection.close();
  }, timeoutSeconds * 1000);
  try {
    const { status, body } = await request(connection, { host, path, headers: { "User-Agent": "tsmon-doctor" } });
    const chunks: Uint8Array[] = [];
    let bytes = 0;
    for await (const chunk of body) {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes > MAX_BYTES) break;
    }
    return { status, body: Buffer.concat(chunks).toString("utf8"), bytes };
  } catch (error) {
    throw isLate ? new Error(`no complete answer within ${timeoutSeconds} s`) : error;
  } finally {
    clearTimeout(timer);
    connection.close();
  }
}

/** TLS over a connection. Rejects when it is not there in time, and then closes the connection. */
function secured(connection: Connection, timeoutSeconds: number): Promise<Connection> {
  const socket = new Duplex({
    async read() {
      try {
        this.push((await connection.read()) ?? null);
      } catch (error) {
        this.destroy(error as Error);
      }
    },
    write(chunk: Uint8Array, _encoding, done) {
      connection.write(chunk);
      done();
    },
    destroy(error, done) {
      connection.close();
      done(error);
    },
  });
  const signal = AbortSignal.timeout(timeoutSeconds * 1000);
  return opened(connectTls({ socket, rejectUnauthorized: false }), { event: "secureConnect", signal });
}

/** What an answer of a program says in its first line, for a sentence. */
export function firstLine(body: string): string {
  const line = body.trimStart().split("\n", 1)[0] ?? "";
  return line.length > 200 ? `${line.slice(0, 200)}…` : line;
}
