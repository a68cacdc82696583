/** Why a call to a control plane's API failed, in words short and few enough to be label values. */
export type ControlFailure = (typeof CONTROL_FAILURES)[number];

/** Every failure word, in the order in which a call can meet them. */
const CONTROL_FAILURES = [
  /** The key or secret cannot be read from where the settings say it is. */
  "credential",
  /** No connection. */
  "unreachable",
  /** No complete answer before the deadline. */
  "timeout",
  /** The caller gave up. */
  "aborted",
  /** 401: the credential is wrong, revoked or expired. */
  "unauthorized",
  /** 403: the credential lacks a scope. */
  "forbidden",
  /** 404, 405 or 501: this control plane does not have the endpoint, or not this tailnet. */
  "not_found",
  /** 429: too many requests. */
  "rate_limited",
  /** 500 and above. */
  "server",
  /** Any other status, redirects too: they are not followed, lest the credential goes with them. */
  "status",
  /** The answer is longer than the call allows. */
  "too_large",
  /** An answer that is not JSON, or not of the endpoint's form. */
  "decode",
  /** A list that was full a moment ago and is empty now, which has to be said twice to be believed. */
  "doubtful",
] as const;

/** A call that gave no answer, or one that cannot be used. Its message shows no credential and quotes no body. */
export class ControlError extends Error {
  override readonly name = "ControlError";
  readonly failure: ControlFailure;
  /** Path of the endpoint with its parameters in braces. */
  readonly endpoint: string;
  /** Status of the answer, if there was one. */
  readonly status: number | undefined;
  /** How long the server wants to be left alone, in seconds. */
  readonly retryAfterSeconds: number | undefined;

  constructor(
    failure: ControlFailure,
    endpoint: string,
    detail: string,
    { status, retryAfterSeconds }: { readonly status?: number; readonly retryAfterSeconds?: number | undefined } = {},
  ) {
    super(`Cannot read ${endpoint}: ${detail}`);
    this.failure = failure;
    this.endpoint = endpoint;
    this.status = status;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** Error of an answer with another status than 200. */
export function statusError(endpoint: string, status: number, retryAfter: string | null): ControlError {
  const failure = failureOf(status);
  return new ControlError(failure, endpoint, `status ${status}${adviceOf(failure, endpoint)}`, {
    status,
    retryAfterSeconds: retryAfterSeconds(retryAfter, Date.now()),
  });
}

function failureOf(status: number): ControlFailure {
  if (status === 401) return "unauthorized";
  if (status === 403) return "forbidden";
  if (status === 404 || status === 405 || status === 501) return "not_found";
  if (status === 429) return "rate_limited";
  return status >= 500 ? "server" : "status";
}

function adviceOf(failure: ControlFailure, endpoint: string): string {
  switch (failure) {
    case "unauthorized":
      return " (is the key or the OAuth client still valid?)";
    case "forbidden":
      return ` (the credential lacks the scope ${SCOPES[endpoint] ?? "for it"})`;
    case "not_found":
      return " (the control plane does not have it, or not for this tailnet: are the URL and the tailnet's name right?)";
    case "rate_limited":
      return " (too many requests)";
    default:
      return "";
  }
}

/** Scopes without which nothing is known at all. */
const SCOPES: Readonly<Record<string, string>> = { "/tailnet/{tailnet}/devices": "devices:core:read" };

/** Longest pause that a server may ask for, in seconds: an hour. */
const MAX_RETRY_AFTER_SECONDS = 3600;

/** Seconds of a Retry-After header (RFC 9110, 10.2.3): a number, or a date. Undefined for anything else. */
export function retryAfterSeconds(header: string | null, nowMs: number): number | undefined {
  const text = header?.trim() ?? "";
  const seconds = /^\d+$/.test(text) ? Number(text) : (Date.parse(text) - nowMs) / 1000;
  return seconds >= 0 ? Math.min(seconds, MAX_RETRY_AFTER_SECONDS) : undefined;
}
