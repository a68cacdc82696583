const INTERVAL_MS = 100;

/**
 * What `probe` returns as soon as that is neither undefined nor false. A probe that throws counts as not yet; so does one
 * that is still running at the end.
 *
 * @param description Completes "Cannot see …": "beta online in the status of alpha".
 */
export async function eventually<T>(
  description: string,
  probe: () => Promise<T | undefined | false> | T | undefined | false,
  timeoutSeconds = 30,
): Promise<T> {
  const deadline = performance.now() + timeoutSeconds * 1000;
  let cause: unknown;
  while (performance.now() < deadline) {
    try {
      const value = await beforeDeadline(probe, deadline);
      if (value !== undefined && value !== false) return value;
      cause = undefined;
    } catch (error) {
      cause = error;
    }
    await new Promise((resolve) => setTimeout(resolve, INTERVAL_MS));
  }
  const reason = cause === undefined ? "" : `: ${cause instanceof Error ? cause.message : String(cause)}`;
  throw new Error(`Cannot see ${description} within ${timeoutSeconds} s${reason}`, { cause });
}

async function beforeDeadline<T>(probe: () => Promise<T> | T, deadline: number): Promise<T | undefined> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), deadline - performance.now());
  });
  try {
    return await Promise.race([probe(), late]);
  } finally {
    clearTimeout(timer);
  }
}
