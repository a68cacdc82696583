/** Resolves after some seconds, or when the signal aborts. Of a time that is over already, in a moment. */
export function pause(seconds: number, signal?: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, Math.max(seconds, 0) * 1000); // both runtimes complain of less
  const end = () => {
    clearTimeout(timer);
    resolve();
  };
  signal?.addEventListener("abort", end, { once: true });
  return promise.finally(() => signal?.removeEventListener("abort", end));
}
