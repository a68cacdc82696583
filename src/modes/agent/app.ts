import { Hono } from "hono/tiny";
import { type MetricsOptions, metricsHandler } from "../../exporter/http.ts";
import { type ProxyOptions, proxyHandler } from "../../proxy/http.ts";
import { OWN_EXPORTER } from "../../proxy/settings.ts";
import { pathOf } from "../../proxy/target.ts";
import { BUILD } from "../../version.ts";
import { type Access, mayRead } from "../../web/access.ts";
import type { GuardedEnv } from "../../web/guard.ts";
import { type LandingPage, landingPage } from "../../web/landing.ts";
import { type Protection, protect } from "../../web/protect.ts";
import type { SelfMetrics } from "../shared/self.ts";
import { exporterList, type ServedExporter } from "./exporters.ts";
import type { AgentSource } from "./source.ts";

/** What the agent's HTTP answers come from. */
export interface AgentAppOptions extends MetricsOptions<AgentSource>, Protection {
  readonly metricsPath: string;
  readonly self: SelfMetrics;
  readonly proxy: ProxyOptions;
  /** Stable id of this node; undefined when tailscaled has not told it. */
  readonly nodeId: () => string | undefined;
  /** Why the agent cannot do its job now; undefined when it can. */
  readonly obstacle: () => Promise<string | undefined>;
}

/** Where discovery learns what this agent serves. */
const WELL_KNOWN = "/.well-known/tsmon";

/** HTTP of the agent: metrics, health, and a page for people. */
export function agentApp(options: AgentAppOptions): Hono<GuardedEnv> {
  const { metricsPath, self, guard, proxy, obstacle } = options;
  const app = new Hono<GuardedEnv>();
  const endpoints = new Set([
    metricsPath,
    "/healthz",
    "/readyz",
    "/",
    WELL_KNOWN,
    ...[...proxy.targets.keys()].map(pathOf),
  ]);
  app.use(async function count(c, next) {
    await next();
    self.countRequest(endpoints.has(c.req.path) ? c.req.path : "other", c.res.status);
  });
  protect(app, options);
  app.get(
    metricsPath,
    guard.require("metrics", () => OWN_EXPORTER),
    metricsHandler(options),
  );
  app.get(
    "/proxy/:name",
    guard.require("metrics", (c) => c.req.param("name") ?? ""),
    proxyHandler(proxy),
  );
  const exportersFor = (access: Access) => exporterList(options, (name) => mayRead(access, "metrics", name));
  app.get(WELL_KNOWN, (c) => {
    return c.json({ version: BUILD.version, node: options.nodeId(), exporters: exportersFor(c.var.access) });
  });
  app.get("/healthz", (c) => c.text("ok\n"));
  app.get("/readyz", async (c) => {
    const reason = await obstacle();
    return reason === undefined ? c.text("ok\n") : c.text(`${reason}\n`, 503);
  });
  app.get("/", (c) => c.html(landingPage(pageOf(exportersFor(c.var.access)))));
  app.notFound((c) => c.text(`No such page. Metrics are at ${metricsPath}\n`, 404));
  return app;
}

/** The page at `/` for one who may scrape these. */
function pageOf(exporters: readonly ServedExporter[]): LandingPage {
  const metrics = exporters.map(({ name, path }) =>
    name === OWN_EXPORTER
      ? { path, text: "Metrics", description: "what Prometheus scrapes" }
      : { path, text: name, description: "another exporter of this host" },
  );
  return {
    title: "tsmon agent",
    description: "Metrics of this host and of its tailscaled.",
    version: BUILD.version,
    links: [
      ...metrics,
      { path: "/healthz", text: "Health", description: "whether the process lives" },
      { path: "/readyz", text: "Readiness", description: "whether tailscaled runs and is logged in, and if not why" },
    ],
  };
}
