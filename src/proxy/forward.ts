import { FOREIGN_HEADERS } from "../http/foreign.ts";
import { HttpError, type HttpRequest, type HttpResponse, request } from "../http/request.ts";
import type { Connection } from "../runtime/connection.ts";
import { bodyOf } from "./body.ts";
import { open } from "./open.ts";
import type { Credentials } from "./options.ts";
import { ProxyError, type ProxyOutcome } from "./outcome.ts";

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
  const exchange = new Exchange(options);
  try {
    const connection = await exchange.connected(open(options.url, options.credentials.tls, exchange.signal));
    return await exchange.inTime(respond(connection, options, exchange));
  } catch (error) {
    const known = exchange.reason ?? toProxyError(error);
    exchange.end(known);
    throw known;
  }
}

/** One request from its beginning to the last byte: its deadline, its connection, and how it ended. */
class Exchange {
  /** Why it was given up, if it was. */
  reason: ProxyError | undefined;
  readonly #givenUp = new AbortController();
  readonly #failed = Promise.withResolvers<never>();
  readonly #options: Forward;
  readonly #timer: ReturnType<typeof setTimeout>;
  #connection: Connection | undefined;
  #isEnded = false;

  constructor(options: Forward) {
    const { budgetSeconds, signal } = options;
    this.#options = options;
    this.#failed.promise.catch(() => {}); // it may fail when the body is under way and nobody waits
    const seconds = Number(budgetSeconds.toPrecision(3));
    const late = new ProxyError("timeout", `gave no complete answer in ${seconds} s`);
    this.#timer = setTimeout(() => this.#giveUp(late), budgetSeconds * 1000);
    signal.addEventListener("abort", this.#leave, { once: true });
    if (signal.aborted) this.#leave();
  }

  /** Aborts when it is given up. */
  get signal(): AbortSignal {
    return this.#givenUp.signal;
  }

  /** Rejects when the exchange is given up before `step` is done. */
  inTime<Value>(step: Promise<Value>): Promise<Value> {
    return Promise.race([step, this.#failed.promise]);
  }

  /** The connection, which ends with the exchange. */
  connected(opening: Promise<Connection>): Promise<Connection> {
    const taken = opening.then((connection) => {
      this.#connection = connection;
      if (this.#isEnded) connection.close();
      return connection;
    });
    taken.catch(() => {}); // it may fail when nobody waits for it any more
    return this.inTime(taken);
  }

  /** Ends it; the first outcome counts. */
  end(error: ProxyError | undefined, outcome: ProxyOutcome = "ok"): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    clearTimeout(this.#timer);
    this.#options.signal.removeEventListener("abort", this.#leave);
    this.#connection?.close();
    this.#options.ended(error?.outcome ?? outcome);
  }

  readonly #leave = () => this.#giveUp(new ProxyError("canceled", "was not waited for"));

  #giveUp(reason: ProxyError): void {
    this.reason ??= reason;
    this.#failed.reject(reason);
    this.#givenUp.abort();
    this.#connection?.close();
  }
}

function headOf({ url, method, headers, credentials, budgetSeconds }: Forward): HttpRequest {
  const accept = passable(headers.get("accept"));
  const own = {
    "User-Agent": "tsmon",
    ...(accept !== undefined && { Accept: accept }),
    "Accept-Encoding": passable(headers.get("accept-encoding")) ?? "identity",
    "X-Prometheus-Scrape-Timeout-Seconds": `${budgetSeconds}`,
    ...credentials.headers,
  };
  return { method, host: url.host, path: `${url.pathname}${url.search}`, headers: own };
}

/** A header's value, if it has nothing in it that a header must not have: one server or other takes that. */
function passable(value: string | null): string | undefined {
  return value !== null && /^[\t\x20-\x7e]*$/.test(value) ? value : undefined;
}

/** What an error that ended a request before its answer means. */
export function toProxyError(error: unknown): ProxyError {
  if (error instanceof ProxyError) return error;
  if (error instanceof HttpError) {
    return error.isCut
      ? new ProxyError("down", "closed the connection without an answer")
      : new ProxyError("bad_answer", `does not speak HTTP (${error.message})`);
  }
  const { code, name } = error as NodeJS.ErrnoException;
  // Its text may have more in it than a caller should read.
  if (code === undefined) return new ProxyError("error", `cannot be asked: ${name}`);
  const detail = code === "ECONNREFUSED" ? "does not listen (is it running?)" : `cannot be reached: ${code}`;
  return new ProxyError("down", detail);
}

async function respond(connection: Connection, options: Forward, exchange: Exchange): Promise<Response> {
  const { method, maxBytes } = options;
  const answer = await request(connection, headOf(options));
  const { status } = answer;
  // 205 has a body of no bytes, which Deno does not say: its callers wait for one.
  if (status < 200 || status === 205 || status > 599)
    throw new ProxyError("bad_answer", `answers with the status ${status}`);
  if (status >= 300 && status < 400) {
    throw new ProxyError("redirect", `answers with a redirect (${status}): name the path where its metrics are`);
  }
  const announced = Number(answer.headers.get("content-length") ?? 0);
  if (announced > maxBytes) throw new ProxyError("too_large", `has ${announced} bytes, more than ${maxBytes}`);
  const headers = passedHeaders(answer);
  const outcome: ProxyOutcome = status < 400 ? "ok" : "status";
  if (method === "HEAD" || status === 204) {
    exchange.end(undefined, outcome);
    if (method !== "HEAD") headers.delete("content-length");
    return new Response(null, { status, headers });
  }
  const body = await bodyOf(answer, {
    maxBytes,
    refusesHtml: status === 200,
    reason: () => exchange.reason,
    ended: (error) => exchange.end(error, outcome),
  });
  return new Response(body, { status, headers });
}

function passedHeaders({ headers: given }: HttpResponse): Headers {
  const headers = new Headers(FOREIGN_HEADERS);
  for (const name of PASSED_HEADERS) {
    const value = given.get(name);
    const isFramed = name === "content-length" && given.has("transfer-encoding");
    if (value !== undefined && !isFramed) headers.set(name, value);
  }
  return headers;
}
