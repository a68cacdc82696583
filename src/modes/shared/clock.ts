/** Seconds of a clock that does not jump, from some moment on. */
export function monotonicSeconds(): number {
  return performance.now() / 1000;
}
