import { Buffer } from "node:buffer";
import { type ClientRequest, type IncomingMessage, request } from "node:http";
import type { Duplex } from "node:stream";
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

/** An answer of which the headers are there. */
export interface OpenAnswer {
  readonly message: IncomingMessage;
  /** The connection itself, if tailscaled switched protocols. */
  readonly socket: Duplex | undefined;
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
  const outgoing = start(address, call);
  try {
    return await use(await Promise.race([answerTo(outgoing, address, call), deadline.passed]), deadline);
  } catch (error) {
    outgoing.destroy();
    throw error;
  } finally {
    deadline.close();
  }
}

/** A body. Rejects with {@linkcode LocalApiError} when it ends early or is larger than the call allows. */
export async function readBody(message: IncomingMessage, address: TailscaledAddress, call: Call): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const cut = () => reject(cutError(address, call));
  message.on("data", (chunk: Uint8Array) => {
    bytes += chunk.length;
    try {
      if (bytes > call.maxBytes)
        throw new LocalApiError("too_large", call.endpoint, `more than ${call.maxBytes} bytes`);
      chunks.push(chunk);
    } catch (error) {
      reject(error); // first: what breaks when the connection is closed is not the reason
      message.destroy();
    }
  });
  message.once("end", resolve); // neither runtime says so of a body that was cut
  for (const event of ["aborted", "error", "close"]) message.on(event, cut);
  if (message.destroyed) cut();
  await promise;
  return Buffer.concat(chunks, bytes);
}

/** Error of a connection that ended before the answer did. */
export function cutError(address: TailscaledAddress, call: Call): LocalApiError {
  return connectionError(call.endpoint, nameOf(address), { name: "", message: "", code: "ECONNRESET" });
}

/** The only Host that tailscaled accepts on its socket. Source: ipn/localapi, validHost. */
const SOCKET_HOST = "local-tailscaled.sock";

function start(address: TailscaledAddress, { method, path, headers }: Call): ClientRequest {
  // A connection for each call, since on Deno a call over one that is used again may never settle when it is aborted.
  const options = { agent: false, method, path: `/localapi/v0/${path}` };
  if ("socketPath" in address) {
    return request({ ...options, socketPath: address.socketPath, headers: { Host: SOCKET_HOST, ...headers } });
  }
  const { port, token } = address;
  const authorization = `Basic ${Buffer.from(`:${token}`).toString("base64")}`;
  const own = { Host: `127.0.0.1:${port}`, Authorization: authorization };
  return request({ ...options, host: "127.0.0.1", port, headers: { ...own, ...headers } });
}

function answerTo(outgoing: ClientRequest, address: TailscaledAddress, call: Call): Promise<OpenAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<OpenAnswer>();
  outgoing.once("response", (message) => {
    message.on("error", () => {}); // it may break before there is a reader, who finds it destroyed
    resolve({ message, socket: undefined });
  });
  outgoing.once("upgrade", (message, socket, head) => {
    // What came in one packet with the headers belongs to the stream.
    if (head.length > 0) socket.unshift(head);
    resolve({ message, socket });
  });
  outgoing.on("error", (error) => reject(connectionError(call.endpoint, nameOf(address), error)));
  outgoing.once("close", () => reject(cutError(address, call)));
  outgoing.end();
  return promise;
}

function nameOf(address: TailscaledAddress): string {
  return "socketPath" in address ? address.socketPath : `127.0.0.1:${address.port}`;
}
