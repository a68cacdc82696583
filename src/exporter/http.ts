import type { Context } from "hono";
import { requestBudgetSeconds } from "./budget.ts";
import { addSamples, type Families } from "./gather.ts";
import type { RawFamilies } from "./merge.ts";
import type { Sample } from "./metric.ts";
import { acceptsGzip, lengthOf, negotiateFormat } from "./negotiate.ts";
import { renameClashes } from "./rename-clashes.ts";
import { CONTENT_TYPE, type Format, render } from "./render.ts";
import type { Outcome, Scraper } from "./scrape.ts";

/** What {@linkcode metricsHandler} serves and within which bounds. */
export interface MetricsOptions<Source> {
  readonly scraper: Scraper<Source>;
  /** Samples about ourselves, in every answer whatever is collected. */
  readonly ownSamples: () => Promise<readonly Sample[]>;
  /** Longest time of a scrape; Prometheus's header can lower it. */
  readonly timeoutSeconds: number;
  /** Scrapes at work at once; one more is refused with 503. 0 means no bound. */
  readonly maxRequests: number;
  /** Compresses a body. */
  readonly gzip: (bytes: Uint8Array<ArrayBuffer>) => Promise<Uint8Array<ArrayBuffer>>;
  /** Reads families of other exporters for a page with all collectors, in at most so many seconds. */
  readonly readOthers?:
    | ((c: Context, format: Format, budgetSeconds: number) => Promise<(own: Families) => RawFamilies>)
    | undefined;
  /** Told how every collector of every scrape ended. */
  readonly report: (outcomes: readonly Outcome[]) => void;
}

/** What a scrape with less time than this did not get is no sign of trouble, and is not logged: any caller may ask for such. */
const LEAST_TELLING_SECONDS = 0.25;

/** `GET /metrics`: one scrape in the format and encoding that the request prefers; `collect[]` and `exclude[]` narrow it. */
export function metricsHandler<Source>(options: MetricsOptions<Source>) {
  let atWork = 0;
  return async function metrics(c: Context): Promise<Response> {
    const filter = collectorFilter(c.req.queries("collect[]"), c.req.queries("exclude[]"), options.scraper.names);
    if (typeof filter === "string") return c.text(`${filter}\n`, 400);
    if (options.maxRequests > 0 && atWork >= options.maxRequests) {
      return c.text(`Limit of concurrent requests reached (${options.maxRequests}), try again later.\n`, 503);
    }
    atWork++;
    try {
      const isWhole = c.req.queries("collect[]") === undefined;
      return await answer(c, isWhole ? options : { ...options, readOthers: undefined }, filter);
    } finally {
      atWork--;
    }
  };
}

async function answer<Source>(
  c: Context,
  options: MetricsOptions<Source>,
  filter: (name: string) => boolean,
): Promise<Response> {
  const { scraper, ownSamples, timeoutSeconds, gzip, report, readOthers } = options;
  const budgetSeconds = requestBudgetSeconds(c, timeoutSeconds);
  const format = negotiateFormat(c.req.header("Accept"));
  const [{ families, outcomes }, merge] = await Promise.all([
    scraper.scrape(budgetSeconds, filter),
    readOthers?.(c, format, budgetSeconds),
  ]);
  if (budgetSeconds >= LEAST_TELLING_SECONDS) report(outcomes);
  addSamples(families, await ownSamples());
  if (format === "openmetrics") renameClashes(families);
  const bytes = render(families, format, merge?.(families));
  const headers = { "Content-Type": CONTENT_TYPE[format], Vary: "Accept, Accept-Encoding" };
  if (!acceptsGzip(c.req.header("Accept-Encoding"))) return c.body(bytes, 200, { ...headers, ...lengthOf(bytes) });
  const packed = await gzip(bytes);
  return c.body(packed, 200, { ...headers, "Content-Encoding": "gzip", ...lengthOf(packed) });
}

/** Which collectors the query wants, or what is wrong with it. */
function collectorFilter(
  collect: readonly string[] = [],
  exclude: readonly string[] = [],
  names: readonly string[],
): ((name: string) => boolean) | string {
  if (collect.length > 0 && exclude.length > 0) return "Combined collect and exclude queries are not allowed.";
  // To leave out what is not there is no mistake: one configuration of Prometheus serves hosts with other collectors.
  const stranger = collect.find((name) => !names.includes(name));
  if (stranger !== undefined) {
    return `Unknown or disabled collector ${JSON.stringify(stranger)}: enabled are ${names.join(", ")}.`;
  }
  return collect.length > 0 ? (name) => collect.includes(name) : (name) => !exclude.includes(name);
}
