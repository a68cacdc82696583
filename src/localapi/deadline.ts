import { LocalApiError } from "./errors.ts";

/** Ends a call that takes too long, or that its caller no longer wants. To be closed when the call has ended. */
export interface Deadline {
  /** Rejects with `timeout` or `aborted`; never resolves. */
  readonly passed: Promise<never>;
  close(): void;
}

/**
 * A deadline `timeoutSeconds` from now for a call of `endpoint`, earlier if `signal` aborts.
 *
 * It is a promise to race with, because the runtimes differ in what they report of a request that is destroyed, and when.
 */
export function startDeadline(endpoint: string, timeoutSeconds: number, signal: AbortSignal | undefined): Deadline {
  const { promise, reject } = Promise.withResolvers<never>();
  promise.catch(() => {}); // it may pass while nobody waits
  const onAbort = () => reject(abortError(endpoint, signal?.reason));
  const timer = setTimeout(() => {
    reject(new LocalApiError("timeout", endpoint, `no complete answer in ${timeoutSeconds} s`));
  }, timeoutSeconds * 1000);
  if (signal?.aborted) onAbort();
  else signal?.addEventListener("abort", onAbort, { once: true });
  return {
    passed: promise,
    close() {
      clearTimeout(timer);
      signal?.removeEventListener("abort", onAbort);
    },
  };
}

/** A caller whose own time is up aborts with a TimeoutError, as `AbortSignal.timeout()` does. */
function abortError(endpoint: string, reason: unknown): LocalApiError {
  if (reason instanceof Error && reason.name === "TimeoutError") {
    return new LocalApiError("timeout", endpoint, "no complete answer in the caller's time");
  }
  return new LocalApiError("aborted", endpoint, "the caller gave up");
}
