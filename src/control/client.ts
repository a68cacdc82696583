import type { Credentials } from "./credentials.ts";
import { ControlError, statusError } from "./errors.ts";
import { parseJson } from "./parse-json.ts";
import { readBytes } from "./read.ts";

/** A call that has ended. */
export interface ControlCall {
  readonly endpoint: string;
  /** Status of the answer, or the failure word of a call without one. */
  readonly code: string;
  readonly durationSeconds: number;
}

/** Asks a server. The global `fetch`, or one that answers by itself. */
export type Ask = (url: string, init: RequestInit) => Promise<Response>;

/** How a {@linkcode ControlClient} reaches its control plane. */
export interface ControlOptions {
  /** What every path follows, such as `https://api.tailscale.com/api/v2`. */
  readonly baseUrl: string;
  readonly credentials: Credentials;
  /** Time of a call with its body, in seconds. */
  readonly timeoutSeconds: number;
  readonly ask?: Ask;
  observe?(call: ControlCall): void;
}

/** About 2 kB a device: room for some 60,000. */
const MAX_BYTES = 128 * 1024 * 1024;
const MAX_ERROR_BYTES = 64 * 1024;
/** Calls under way at once. */
const MAX_AT_ONCE = 4;

/** Something that answers questions to an API. */
export interface ApiClient {
  /**
   * The JSON value at a path. Rejects with {@linkcode ControlError}.
   *
   * @param endpoint The path with its parameters in braces, for errors and counts.
   */
  get(endpoint: string, path: string, signal: AbortSignal): Promise<unknown>;
}

/** One control plane's API. Each method asks once, again only with a new token. Rejects with {@linkcode ControlError}. */
export class ControlClient implements ApiClient {
  readonly #options: ControlOptions;
  readonly #waiting: (() => void)[] = [];
  #atWork = 0;

  constructor(options: ControlOptions) {
    this.#options = options;
  }

  async get(endpoint: string, path: string, signal: AbortSignal): Promise<unknown> {
    await this.#enter();
    try {
      return await this.#authorized(endpoint, path, signal);
    } finally {
      this.#atWork--;
      this.#waiting.shift()?.();
    }
  }

  async #authorized(endpoint: string, path: string, signal: AbortSignal): Promise<unknown> {
    const { credentials } = this.#options;
    const authorization = await credentials.authorization(signal);
    try {
      return await this.#once(endpoint, path, authorization, signal);
    } catch (error) {
      // A token may be withdrawn before its time; a second one that is refused means what it says.
      const isStale =
        error instanceof ControlError && error.failure === "unauthorized" && credentials.renew(authorization);
      if (!isStale) throw error;
      return await this.#once(endpoint, path, await credentials.authorization(signal), signal);
    }
  }

  #once(endpoint: string, path: string, authorization: string, signal: AbortSignal): Promise<unknown> {
    const { baseUrl, ...options } = this.#options;
    const headers = { Authorization: authorization, Accept: "application/json" };
    return exchange({ ...options, endpoint, url: `${baseUrl}${path}`, init: { headers }, signal });
  }

  async #enter(): Promise<void> {
    this.#atWork++;
    if (this.#atWork <= MAX_AT_ONCE) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.push(resolve);
    await promise;
  }
}

/** A question and the bounds of its answer. */
export interface Exchange extends Pick<ControlOptions, "timeoutSeconds" | "ask" | "observe"> {
  readonly endpoint: string;
  readonly url: string;
  readonly init: RequestInit;
  readonly signal: AbortSignal;
}

/** The JSON value of an answer with status 200. Rejects with {@linkcode ControlError}. */
export async function exchange(question: Exchange): Promise<unknown> {
  const { endpoint, observe, timeoutSeconds } = question;
  const startedMs = performance.now();
  const code = { text: "" };
  const deadline = AbortSignal.timeout(timeoutSeconds * 1000);
  try {
    const signal = AbortSignal.any([question.signal, deadline]);
    return await answerTo(question, signal, (status) => {
      code.text = `${status}`;
    });
  } catch (thrown) {
    const error = toControlError(question, thrown, deadline);
    code.text ||= error.failure;
    throw error;
  } finally {
    observe?.({ endpoint, code: code.text, durationSeconds: (performance.now() - startedMs) / 1000 });
  }
}

async function answerTo(
  { endpoint, url, init, ask = fetch }: Exchange,
  signal: AbortSignal,
  seen: (status: number) => void,
): Promise<unknown> {
  const response = await ask(url, { ...init, signal, redirect: "manual" });
  seen(response.status);
  if (response.status !== 200) {
    await readBytes(response, MAX_ERROR_BYTES).catch(() => {}); // so that the connection can be used again
    throw statusError(endpoint, response.status, response.headers.get("Retry-After"));
  }
  const bytes = await readBytes(response, MAX_BYTES);
  if (!bytes) throw new ControlError("too_large", endpoint, `more than ${MAX_BYTES} bytes`, { status: 200 });
  try {
    return await parseJson(bytes.toString("utf8"));
  } catch {
    // The runtime's own message would quote the text, which may hold keys.
    throw new ControlError("decode", endpoint, `expected JSON, found ${bytes.length} bytes of something else`, {
      status: 200,
    });
  }
}

function toControlError({ endpoint, url, signal, timeoutSeconds }: Exchange, thrown: unknown, deadline: AbortSignal) {
  if (thrown instanceof ControlError) return thrown;
  if (signal.aborted) return new ControlError("aborted", endpoint, "the caller gave up");
  if (deadline.aborted) return new ControlError("timeout", endpoint, `no complete answer in ${timeoutSeconds} s`);
  return new ControlError("unreachable", endpoint, `${new URL(url).host}: ${connectionText(thrown)}`);
}

/** What the system says of a connection, in a word where there is one. The runtimes put it in different places. */
function connectionText(thrown: unknown): string {
  const { code, cause, message } = thrown as { code?: string; cause?: { code?: string }; message?: string };
  const word = cause?.code ?? code;
  if (typeof word === "string") return word;
  return /dns|lookup|resolve/i.test(message ?? "") ? "the name has no address" : "no connection, or one that broke off";
}
