import type { Context } from "hono";
import { Hono } from "hono/tiny";
import { acceptsGzip, lengthOf, negotiateFormat } from "../../exporter/negotiate.ts";
import { CONTENT_TYPE } from "../../exporter/render.ts";
import type { Snapshot } from "../../fleet/snapshot.ts";
import { hasTag, weakTag } from "../../web/etag.ts";
import type { GuardedEnv } from "../../web/guard.ts";
import { type Protection, protect } from "../../web/protect.ts";
import type { SelfMetrics } from "../shared/self.ts";
import { debugOf } from "./debug.ts";
import { devicesJson } from "./devices-json.ts";
import type { Exposer } from "./exposer.ts";
import { fleetPage, pagePolicy } from "./page.ts";

/** What fleet's HTTP answers come from. */
export interface FleetAppOptions extends Protection {
  readonly exposer: Exposer;
  readonly self: SelfMetrics;
  readonly snapshot: () => Snapshot;
  readonly requests: () => ReadonlyMap<string, number>;
  /** Why fleet cannot do its job now; undefined when it can. */
  readonly obstacle: () => string | undefined;
}

const ENDPOINTS: ReadonlySet<string> = new Set(["/metrics", "/healthz", "/readyz", "/debug", "/api/v1/devices", "/"]);

/** HTTP of fleet: metrics, health, the devices as JSON, and a page for people. */
export function fleetApp(options: FleetAppOptions): Hono<GuardedEnv> {
  const { exposer, self, snapshot, requests, obstacle, guard } = options;
  const app = new Hono<GuardedEnv>();
  app.use(async function count(c, next) {
    await next();
    self.countRequest(ENDPOINTS.has(c.req.path) ? c.req.path : "other", c.res.status);
  });
  protect(app, options);
  for (const path of ["/", "/metrics", "/debug", "/api/*"]) app.use(path, guard.require("fleet"));
  app.get("/metrics", async (c) => {
    const format = negotiateFormat(c.req.header("Accept"));
    const isGzip = acceptsGzip(c.req.header("Accept-Encoding"));
    const headers = { "Content-Type": CONTENT_TYPE[format], Vary: "Accept, Accept-Encoding" };
    const bytes = await exposer.bytes(format, isGzip);
    return c.body(bytes, 200, { ...headers, ...(isGzip && { "Content-Encoding": "gzip" }), ...lengthOf(bytes) });
  });
  app.get("/healthz", (c) => c.text("ok\n"));
  app.get("/readyz", (c) => {
    const reason = obstacle();
    return reason === undefined ? c.text("ok\n") : c.text(`${reason}\n`, 503);
  });
  app.get("/debug", (c) => c.json(debugOf(snapshot(), requests())));
  app.get("/api/v1/devices", (c) => devicesAnswer(c, snapshot()));
  app.get("/", (c) => {
    const nonce = crypto.randomUUID();
    const headers = { "Content-Security-Policy": pagePolicy(nonce), "X-Content-Type-Options": "nosniff" };
    return c.html(fleetPage(nonce), 200, { ...headers, "Referrer-Policy": "no-referrer" });
  });
  app.notFound((c) => c.text("No such page. Metrics are at /metrics\n", 404));
  return app;
}

/** The devices; nothing where the asker has them already. */
function devicesAnswer(c: Context, snapshot: Snapshot): Response {
  const tag = weakTag(`${Math.round(snapshot.takenSeconds * 1000)}-${snapshot.version}`);
  const headers = { ETag: tag, "Cache-Control": "no-cache" };
  if (hasTag(c.req.header("If-None-Match"), tag)) return c.body(null, 304, headers);
  return c.json(devicesJson(snapshot), 200, headers);
}
