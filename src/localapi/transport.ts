import { Buffer } from "node:buffer";
import { HttpError, type HttpRequest, type HttpResponse, request } from "../http/request.ts";
import { type Connection, connect } from "../runtime/connection.ts";
import { type Deadline, startDeadline } from "./deadline.ts";
import { connectionError, LocalApiError } from "./errors.ts";
import type { TailscaledAddress } from "./socket.ts";

/** Endpoints that are called, as they are named in errors and observations. */
export const ENDPOINTS = [
  "status",
  "status?peers=false",
  "usermetrics",
  "whois",
  "prefs",
  "derpmap",
  "ping",
  "dial",
  "watch-ipn-bus",
  "cert",
] as const;
export type Endpoint = (typeof ENDPOINTS)[number];

/** One call to a tailscaled. */
export interface Call {
  readonly endpoint: Endpoint;
  readonly method: "GET" | "POST";
  /** What follows `/localapi/v0/`, with the query. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Time for the whole call, or where the answer is a stream for all up to its headers. */
  readonly timeoutSeconds: number;
  /** Largest body that is read. */
  readonly maxBytes: number;
  readonly signal?: AbortSignal | undefined;
}

/** An answer of which the headers are there, and what it comes over. */
export interface OpenAnswer {
  readonly response: HttpResponse;
  readonly connection: Connection;
}

/**
 * Makes a call and hands over its answer when the headers are there. The deadline holds until `use` has settled; if that
 * rejects, the connection is closed, else it is the callee's to close. Rejects with {@linkcode LocalApiError}.
 */
export async function open<Result>(
  address: TailscaledAddress,
  call: Call,
  use: (answer: OpenAnswer, deadline: Deadline) => Promise<Result>,
): Promise<Result> {
  const deadline = startDeadline(call.endpoint, call.timeoutSeconds, call.signal);
  const connecting = connect("socketPath" in address ? { path: address.socketPath } : { host: LOOPBACK, ...address });
  // A connection for each call: what one leaves unread is no other's.
  const ask = async () => {
    const connection = await connecting;
    return use({ response: await request(connection, headOf(address, call)), connection }, deadline);
  };
  try {
    return await Promise.race([ask(), deadline.passed]);
  } catch (error) {
    connecting.then(
      (connection) => connection.close(),
      () => {},
    );
    throw callError(error, address, call);
  } finally {
    deadline.close();
  }
}

/** A body. Rejects when it ends early, or with {@linkcode LocalApiError} when it is larger than the call allows. */
export async function readBody({ body }: HttpResponse, { endpoint, maxBytes }: Call): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw new LocalApiError("too_large", endpoint, `more than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, bytes);
}

/** What a connection or an answer that failed means to the caller. */
export function callError(error: unknown, address: TailscaledAddress, { endpoint }: Call): unknown {
  const where = "socketPath" in address ? address.socketPath : `${LOOPBACK}:${address.port}`;
  if (error instanceof HttpError && !error.isCut)
    return new LocalApiError("decode", endpoint, `${where}: ${error.message}`);
  if (error instanceof HttpError)
    return connectionError(endpoint, where, { name: "", message: "", code: "ECONNRESET" });
  return isOfSystem(error) ? connectionError(endpoint, where, error) : error;
}

function isOfSystem(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && "code" in error;
}

const LOOPBACK = "127.0.0.1";
/** The only Host that tailscaled accepts on its socket. Source: ipn/localapi, validHost. */
const SOCKET_HOST = "local-tailscaled.sock";

function headOf(address: TailscaledAddress, { method, path, headers }: Call): HttpRequest {
  const head = { method, path: `/localapi/v0/${path}`, headers };
  if ("socketPath" in address) return { ...head, host: SOCKET_HOST };
  const authorization = `Basic ${Buffer.from(`:${address.token}`).toString("base64")}`;
  return { ...head, host: `${LOOPBACK}:${address.port}`, headers: { Authorization: authorization, ...headers } };
}
