import type { Context } from "hono";
import { Hono } from "hono/tiny";
import { VIEWS } from "../../discovery/answers.ts";
import { type MetricsOptions, metricsHandler } from "../../exporter/http.ts";
import type { Scraper } from "../../exporter/scrape.ts";
import type { GuardedEnv } from "../../web/guard.ts";
import { type Protection, protect } from "../../web/protect.ts";
import type { SelfMetrics } from "../shared/self.ts";
import { type PageFacts, targetsPage } from "./page.ts";
import { type SdOptions, sdAnswer } from "./sd-handler.ts";
import type { NamedQuery } from "./settings.ts";

/** What discover's HTTP answers come from. */
export interface DiscoverAppOptions extends MetricsOptions<unknown>, SdOptions, Protection {
  readonly scraper: Scraper<unknown>;
  readonly self: SelfMetrics;
  readonly modules: readonly NamedQuery[];
  /** Why discover cannot do its job now; undefined when it can. */
  readonly obstacle: () => string | undefined;
  readonly page: () => PageFacts;
  /** Scrapes a target through this process. */
  readonly via: (c: Context) => Promise<Response>;
}

/** HTTP of discover: lists for Prometheus, a page for people, metrics, health, and scrapes through tailscaled. */
export function discoverApp(options: DiscoverAppOptions): Hono<GuardedEnv> {
  const { self, guard, obstacle, modules, page, via } = options;
  const app = new Hono<GuardedEnv>();
  app.use(async function count(c, next) {
    await next();
    self.countRequest(routeOf(c.req.path), c.res.status);
  });
  protect(app, options);
  app.get("/metrics", guard.require("metrics"), metricsHandler(options));
  for (const path of ["/", "/sd", "/sd/*"]) app.use(path, guard.require("sd"));
  app.get("/healthz", (c) => c.text("ok\n"));
  app.get("/readyz", (c) => {
    const reason = obstacle();
    return reason === undefined ? c.text("ok\n") : c.text(`${reason}\n`, 503);
  });
  app.get(
    "/",
    async (c): Promise<Response> =>
      prefersPage(c.req.header("Accept")) ? c.html(targetsPage(page())) : sdAnswer(c, options, "targets"),
  );
  app.get("/sd", (c) => sdAnswer(c, options, "targets"));
  app.get("/sd/:module", async (c): Promise<Response> => {
    const name = c.req.param("module");
    const module = modules.find((module) => module.name === name);
    if (module) return sdAnswer(c, options, "targets", module.query);
    const view = Object.hasOwn(VIEWS, name) ? VIEWS[name] : undefined;
    if (view) return sdAnswer(c, options, view);
    const names = [...modules.map(({ name }) => name), ...Object.keys(VIEWS)].join(", ");
    return c.text(`No such module. There are: ${names}\n`, 404);
  });
  app.get(
    "/via/:node/:key{.+}",
    guard.require("metrics", (c) => c.req.param("key") ?? ""),
    via,
  );
  app.notFound((c) => c.text("No such page. The targets are at /sd\n", 404));
  return app;
}

/** A browser asks for HTML by name. Prometheus and curl do not. */
function prefersPage(accept = ""): boolean {
  return accept.toLowerCase().includes("text/html");
}

/** The route of a path, with nothing of it that a stranger chooses. */
function routeOf(path: string): string {
  if (["/", "/sd", "/metrics", "/healthz", "/readyz"].includes(path)) return path;
  return /^\/(?:sd|via)\//.test(path) ? `${path.slice(0, path.indexOf("/", 1))}/` : "other";
}
