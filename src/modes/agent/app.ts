import { Hono } from "hono";
import { type MetricsOptions, metricsHandler } from "../../exporter/http.ts";
import { BUILD } from "../../version.ts";
import type { Guard, GuardedEnv } from "../../web/guard.ts";
import { landingPage } from "../../web/landing.ts";
import type { SelfMetrics } from "./self.ts";
import type { AgentSource } from "./source.ts";

/** What the agent's HTTP answers come from. */
export interface AgentAppOptions extends MetricsOptions<AgentSource> {
  readonly metricsPath: string;
  readonly self: SelfMetrics;
  readonly guard: Guard;
  /** Why the agent cannot do its job now; undefined when it can. */
  readonly obstacle: () => Promise<string | undefined>;
}

/** Name of the agent's own metrics among the exporters of a host. */
export const OWN_EXPORTER = "tsmon";

/** HTTP of the agent: metrics, health, and a page for people. */
export function agentApp(options: AgentAppOptions): Hono<GuardedEnv> {
  const { metricsPath, self, guard, obstacle } = options;
  const app = new Hono<GuardedEnv>();
  const endpoints = new Set([metricsPath, "/healthz", "/readyz", "/"]);
  app.use(async function count(c, next) {
    await next();
    self.countRequest(endpoints.has(c.req.path) ? c.req.path : "other", c.res.status);
  });
  app.use(guard.admit());
  app.get(
    metricsPath,
    guard.require("metrics", () => OWN_EXPORTER),
    metricsHandler(options),
  );
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
