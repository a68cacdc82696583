import type { Context } from "hono";

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

/**
 * {@linkcode scrapeBudgetSeconds} of a request, less the time that it has waited already, such as for tailscaled's word on who
 * sent it. The server tells when it came by `arrivedMs` among its bindings, in the time of `performance.now()`.
 */
export function requestBudgetSeconds(c: Context, ceilingSeconds: number): number {
  const nowMs = performance.now();
  const waitedMs = nowMs - (c.env?.arrivedMs ?? nowMs);
  const seconds = scrapeBudgetSeconds(c.req.header("X-Prometheus-Scrape-Timeout-Seconds"), ceilingSeconds);
  return Math.max(Math.round(seconds * 1000 - waitedMs) / 1000, 0);
}
