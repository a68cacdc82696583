import { type ClientRequest, type IncomingMessage, request as requestHttp } from "node:http";
import process from "node:process";
import { bodyOf } from "./body.ts";
import type { Credentials } from "./options.ts";
import { cutOff, ProxyError, type ProxyOutcome } from "./outcome.ts";

/** One request to an exporter. */
export interface Forward {
  readonly url: URL;
  readonly method: "GET" | "HEAD";
  /** What the scraper asked for, of which only a few headers are passed on. */
  readonly headers: Headers;
  readonly credentials: Credentials;
  /** Time for all of it, until the last byte. */
  readonly budgetSeconds: number;
  /** Largest body, as it is sent. */
  readonly maxBytes: number;
  /** Aborts when the scraper has gone. */
  readonly signal: AbortSignal;
  /** Told once how it ended, the body included. */
  readonly ended: (outcome: ProxyOutcome) => void;
}

/** Headers of an answer that are passed on. All others concern the connection, or a browser. */
const PASSED_HEADERS = ["content-type", "content-encoding", "content-length"] as const;

/**
 * An exporter's answer, streamed as it comes. Rejects with {@linkcode ProxyError} while nothing has been sent; what goes
 * wrong later breaks the body off.
 */
export async function forward(options: Forward): Promise<Response> {
  const { budgetSeconds, signal, ended } = options;
  const { promise: failed, reject } = Promise.withResolvers<never>();
  failed.catch(() => {}); // it may fail when the body is under way and nobody waits
  const outgoing = start(options);
  const exchange: Exchange = { reason: undefined, close };
  function fail(error: ProxyError): void {
    exchange.reason ??= error;
    reject(error);
    outgoing.destroy();
  }
  const late = () =>
    fail(new ProxyError("timeout", `gave no complete answer in ${Number(budgetSeconds.toPrecision(3))} s`));
  const left = () => fail(new ProxyError("canceled", "was not waited for"));
  // In the body it is told of here alone.
  outgoing.on("error", () => {
    exchange.reason ??= cutOff();
  });
  const timer = setTimeout(late, budgetSeconds * 1000);
  signal.addEventListener("abort", left, { once: true });
  if (signal.aborted) left();
  let isClosed = false;
  function close(outcome: ProxyOutcome): void {
    if (isClosed) return;
    isClosed = true;
    clearTimeout(timer);
    signal.removeEventListener("abort", left);
    outgoing.destroy();
    ended(outcome);
  }
  try {
    const message = await Promise.race([failed, answerTo(outgoing)]);
    return await Promise.race([failed, respond(message, options, exchange)]);
  } catch (error) {
    close(error instanceof ProxyError ? error.outcome : "error");
    throw error;
  }
}

/** What is shared by all who have a part in one request. */
interface Exchange {
  /** Why its connection was ended, if it was not in order. */
  reason: ProxyError | undefined;
  /** Ends it; the first outcome counts. */
  readonly close: (outcome: ProxyOutcome) => void;
}

function start({ url, method, headers, credentials, budgetSeconds }: Forward): ClientRequest {
  const accept = passable(headers.get("accept"));
  const own = {
    Host: url.host,
    "User-Agent": "tsmon",
    ...(accept !== undefined && { Accept: accept }),
    "Accept-Encoding": passable(headers.get("accept-encoding")) ?? "identity",
    "X-Prometheus-Scrape-Timeout-Seconds": `${budgetSeconds}`,
    ...credentials.headers,
  };
  const { hostname, port, pathname, search } = url;
  const isTls = url.protocol === "https:";
  const options = {
    host: hostname.replace(/^\[(.*)\]$/, "$1"),
    port: port === "" ? (isTls ? 443 : 80) : Number(port),
    path: `${pathname}${search}`,
    method,
    headers: own,
    agent: false as const,
  };
  // Loaded for those who need it: the module takes milliseconds of every start.
  return isTls
    ? process.getBuiltinModule("node:https").request({ ...options, ...credentials.tls })
    : requestHttp(options);
}

/** A header's value, if it has nothing in it that a header must not have: one server or other takes that. */
function passable(value: string | null): string | undefined {
  return value !== null && /^[\t\x20-\x7e]*$/.test(value) ? value : undefined;
}

function answerTo(outgoing: ClientRequest): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  promise.catch(() => {}); // the deadline may be heard first
  outgoing.once("response", (message) => {
    message.on("error", () => {}); // what it means is told by its body's reader
    resolve(message);
  });
  outgoing.once("upgrade", (_message, socket) => {
    socket.destroy();
    reject(new ProxyError("bad_answer", "wants to speak another protocol"));
  });
  outgoing.on("error", (error) => reject(error instanceof ProxyError ? error : connectionError(error)));
  outgoing.once("close", () => reject(new ProxyError("down", "closed the connection without an answer")));
  outgoing.end();
  return promise;
}

function connectionError(error: NodeJS.ErrnoException): ProxyError {
  const { code = "", message } = error;
  if (code.startsWith("HPE_")) return new ProxyError("bad_answer", `does not speak HTTP (${code})`);
  const detail = code === "ECONNREFUSED" ? "does not listen (is it running?)" : `cannot be reached: ${code || message}`;
  return new ProxyError("down", detail);
}

async function respond(message: IncomingMessage, { method, maxBytes }: Forward, exchange: Exchange): Promise<Response> {
  const status = message.statusCode ?? 0;
  // 205 has a body of no bytes, which Deno does not say: its callers wait for one.
  if (status < 200 || status === 205 || status > 599)
    throw new ProxyError("bad_answer", `answers with the status ${status}`);
  if (status >= 300 && status < 400) {
    throw new ProxyError("redirect", `answers with a redirect (${status}): name the path where its metrics are`);
  }
  const announced = Number(message.headers["content-length"] ?? 0);
  if (announced > maxBytes) throw new ProxyError("too_large", `has ${announced} bytes, more than ${maxBytes}`);
  const headers = new Headers({ "X-Content-Type-Options": "nosniff", "Content-Security-Policy": "sandbox" });
  for (const name of PASSED_HEADERS) {
    const value = message.headers[name];
    const isFramed = name === "content-length" && message.headers["transfer-encoding"] !== undefined;
    if (value !== undefined && !isFramed) headers.set(name, value);
  }
  const outcome: ProxyOutcome = status < 400 ? "ok" : "status";
  if (method === "HEAD" || status === 204) {
    exchange.close(outcome);
    headers.delete("content-length");
    return new Response(null, { status, headers });
  }
  const ended = (error: ProxyError | undefined) => exchange.close(error?.outcome ?? outcome);
  const bounds = { maxBytes, refusesHtml: status === 200, reason: () => exchange.reason, ended };
  return new Response(await bodyOf(message, bounds), { status, headers });
}
