/** Resolves after some seconds, or when the signal aborts. */
export function pause(seconds: number, signal?: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, seconds * 1000);
  const end = () => {
    clearTimeout(timer);
    resolve();
  };
  signal?.addEventListener("abort", end, { once: true });
  return promise.finally(() => signal?.removeEventListener("abort", end));
}
