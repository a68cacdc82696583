import { Hono } from "hono";
import { type MetricsOptions, metricsHandler } from "../../exporter/http.ts";
import { BUILD } from "../../version.ts";
import { landingPage } from "../../web/landing.ts";
import type { SelfMetrics } from "../shared/self.ts";
import type { AgentSource } from "./source.ts";

/** What the agent's HTTP answers come from. */
export interface AgentAppOptions extends MetricsOptions<AgentSource> {
  readonly metricsPath: string;
  readonly self: SelfMetrics;
  /** Why the agent cannot do its job now; undefined when it can. */
  readonly obstacle: () => Promise<string | undefined>;
}

/** HTTP of the agent: metrics, health, and a page for people. */
export function agentApp(options: AgentAppOptions): Hono {
  const { metricsPath, self, obstacle } = options;
  const app = new Hono();
  const endpoints = new Set([metricsPath, "/healthz", "/readyz", "/"]);
  app.use(async function count(c, next) {
    await next();
    self.countRequest(endpoints.has(c.req.path) ? c.req.path : "other", c.res.status);
  });
  app.get(metricsPath, metricsHandler(options));
  app.get("/healthz", (c) => c.text("ok\n"));
  app.get("/readyz", async (c) => {
    const reason = await obstacle();
    return reason === undefined ? c.text("ok\n") : c.text(`${reason}\n`, 503);
  });
  app.get("/", (c) =>
    c.html(
      landingPage({
        title: "tsmon agent",
        description: "Metrics of this host and of its tailscaled.",
        version: BUILD.version,
        links: [
          { path: metricsPath, text: "Metrics", description: "what Prometheus scrapes" },
          { path: "/healthz", text: "Health", description: "whether the process lives" },
          { path: "/readyz", text: "Readiness", description: "whether tailscaled is connected, and if not why" },
        ],
      }),
    ),
  );
  app.notFound((c) => c.text(`No such page. Metrics are at ${metricsPath}\n`, 404));
  return app;
}
