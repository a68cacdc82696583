import type { Context } from "hono";
import { requestBudgetSeconds } from "../exporter/budget.ts";
import { forward, toProxyError } from "./forward.ts";
import { credentialsOf, type TargetOptions } from "./options.ts";
import { ProxyError, type ProxyOutcome } from "./outcome.ts";
import type { Target } from "./target.ts";

/** What {@linkcode proxyHandler} serves and within which bounds. */
export interface ProxyOptions {
  readonly targets: ReadonlyMap<string, Target>;
  readonly options: Readonly<Record<string, TargetOptions>>;
  /** Largest body that is passed on. */
  readonly maxBytes: number;
  /** Longest time of a scrape; Prometheus's header can lower it. */
  readonly timeoutSeconds: number;
  /** Scrapes at work at once, of all exporters; one more is refused with 503. 0 means no bound. */
  readonly maxRequests: number;
  /** Told how each scrape ended. */
  readonly observe: (exporter: string, outcome: ProxyOutcome, durationSeconds: number) => void;
}

/** `GET /proxy/:name`: the exporter's own answer. */
export function proxyHandler(proxy: ProxyOptions) {
  let atWork = 0;
  return async function serveExporter(c: Context): Promise<Response> {
    const target = proxy.targets.get(c.req.param("name") ?? "");
    if (target === undefined) return c.text("No such exporter. The page at / has those that there are.\n", 404);
    const { name } = target;
    if (c.req.url.includes("?")) return c.text(`Exporter ${name} takes no query: it is part of its setting.\n`, 400);
    const startedMs = performance.now();
    let isEnded = false;
    const ended = (outcome: ProxyOutcome) => {
      if (isEnded) return;
      isEnded = true;
      atWork--;
      proxy.observe(name, outcome, (performance.now() - startedMs) / 1000);
    };
    atWork++;
    try {
      if (proxy.maxRequests > 0 && atWork > proxy.maxRequests) {
        throw new ProxyError("busy", `is asked too often at once (limit ${proxy.maxRequests})`);
      }
      return await forward({
        url: target.url,
        method: c.req.raw.method === "HEAD" ? "HEAD" : "GET",
        headers: c.req.raw.headers,
        credentials: credentials(proxy, name),
        budgetSeconds: requestBudgetSeconds(c, proxy.timeoutSeconds),
        maxBytes: proxy.maxBytes,
        signal: c.req.raw.signal,
        ended,
      });
    } catch (error) {
      const known = toProxyError(error);
      ended(known.outcome); // whatever it was, so that it takes nobody's place for ever
      return c.text(`Exporter ${name} ${known.message}.\n`, known.status);
    }
  };
}

function credentials({ options }: ProxyOptions, name: string) {
  try {
    return credentialsOf(options[name] ?? {});
  } catch (error) {
    throw new ProxyError("error", `cannot be asked: ${error instanceof Error ? error.message : error}`);
  }
}
