/** Why an API call failed, in words short and few enough to be label values. */
export type ApiFailure =
  /** No credential was given, or it cannot be read. */
  | "credential"
  /** 401: the credential is not valid, or no longer. */
  | "unauthorized"
  /** 403: the credential does not allow it. */
  | "denied"
  /** 404: no such tailnet, or an API that lacks the endpoint. */
  | "not_found"
  /** 429: asked too often. */
  | "rate_limited"
  /** Any other status but 200. */
  | "status"
  /** No connection, or one that broke. */
  | "unreachable"
  /** No complete answer in time. */
  | "timeout"
  /** More than is read. */
  | "too_large"
  /** Not JSON, or not of the form that is documented. */
  | "decode";

/** An API call that gave no answer, or one that cannot be used. The message quotes nothing of the answer or the credential. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly failure: ApiFailure;
  /** Time that the API wants to be left alone, in seconds, where it says so. */
  readonly retryAfterSeconds: number | undefined;

  constructor(failure: ApiFailure, what: string, detail: string, retryAfterSeconds?: number) {
    super(`Cannot read ${what}: ${detail}`);
    this.failure = failure;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** Longest time that is waited for because an API says so, in seconds. */
const LONGEST_SECONDS = 3600;

/** Seconds of a `Retry-After` header, in either of its forms (RFC 9110, 10.2.3), within an hour; undefined for none. */
export function retryAfterSeconds(header: string | null, nowMs: number): number | undefined {
  if (header === null) return undefined;
  const seconds = /^\d+$/.test(header.trim()) ? Number(header) : (Date.parse(header) - nowMs) / 1000;
  return Number.isNaN(seconds) ? undefined : Math.min(Math.max(seconds, 0), LONGEST_SECONDS);
}
