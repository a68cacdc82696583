/** Time kept back from Prometheus's timeout for rendering and the network, in seconds. */
const MARGIN_SECONDS = 0.5;

/**
 * Time that a scrape may take, in seconds.
 *
 * Prometheus drops a scrape that answers late, and everything in it. So the answer leaves half a second early with what
 * is there (half-way, where the timeout is shorter than a second), and a late collector reports success 0.
 *
 * @param header `X-Prometheus-Scrape-Timeout-Seconds`; absent when a person asks, and ignored when it is not a positive number.
 * @param ceilingSeconds The configured limit, which the header can lower but not raise.
 */
export function scrapeBudgetSeconds(header: string | undefined, ceilingSeconds: number): number {
  const asked = Number(header?.trim() || Number.NaN);
  const seconds = asked > 0 ? Math.min(asked, ceilingSeconds) : ceilingSeconds;
  return Math.max(seconds - MARGIN_SECONDS, seconds / 2);
}
