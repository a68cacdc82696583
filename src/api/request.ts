import { Buffer } from "node:buffer";
import { ApiError, type ApiFailure, retryAfterSeconds } from "./errors.ts";

/** One question to an API. */
export interface ApiRequest {
  /** As it is named in errors: `Tailscale API devices`. */
  readonly what: string;
  readonly url: URL;
  readonly authorization?: string;
  /** A form to send with POST; absent for GET. */
  readonly form?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
}

/** Time for a question with its whole answer, in seconds. The API's own limit is longer, and then answers 504. */
const TIMEOUT_SECONDS = 30;
/** About 1 kB a device: room for 50,000 and more. */
const MAX_BYTES = 96 * 1024 * 1024;

const FAILURE_OF_STATUS: Readonly<Record<number, ApiFailure>> = {
  401: "unauthorized",
  403: "denied",
  404: "not_found",
  429: "rate_limited",
};

const ADVICE: Readonly<Partial<Record<ApiFailure, string>>> = {
  unauthorized: " (the credential is not valid, or no longer)",
  denied: " (the credential does not allow it; to list devices it needs the scope devices:core:read)",
  not_found: " (is the name of the tailnet right, and the URL that of an API?)",
  rate_limited: " (asked too often)",
};

/** The JSON of an answer with status 200. Rejects with {@linkcode ApiError}. Redirects are not followed. */
export async function requestJson(request: ApiRequest): Promise<unknown> {
  const { what } = request;
  const timeout = AbortSignal.timeout(TIMEOUT_SECONDS * 1000);
  try {
    const response = await send(request, request.signal ? AbortSignal.any([timeout, request.signal]) : timeout);
    if (response.status !== 200) {
      await response.body?.cancel();
      throw statusError(what, response);
    }
    return toJson(what, await readText(what, response));
  } catch (error) {
    if (error instanceof ApiError) throw error;
    if (timeout.aborted) throw new ApiError("timeout", what, `no complete answer in ${TIMEOUT_SECONDS} s`);
    const { code, name } = error as { code?: string; name?: string };
    throw new ApiError("unreachable", what, `${request.url.host}: ${code ?? name ?? "no connection"}`);
  }
}

function send({ url, authorization, form }: ApiRequest, signal: AbortSignal): Promise<Response> {
  const headers = { Accept: "application/json", ...(authorization && { Authorization: authorization }) };
  // Another host would get the credential.
  const options = { headers, signal, redirect: "manual" } as const;
  return form ? fetch(url, { ...options, method: "POST", body: new URLSearchParams(form) }) : fetch(url, options);
}

function statusError(what: string, { status, headers }: Response): ApiError {
  const failure = FAILURE_OF_STATUS[status] ?? "status";
  const wait = retryAfterSeconds(headers.get("Retry-After"), Date.now());
  return new ApiError(failure, what, `status ${status}${ADVICE[failure] ?? ""}`, wait);
}

async function readText(what: string, response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length;
    if (bytes > MAX_BYTES) throw new ApiError("too_large", what, `more than ${MAX_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function toJson(what: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new ApiError("decode", what, "the answer is not JSON, or not all of it");
  }
}
