import type { Hono } from "hono/tiny";
import { basicAuth, rateLimit, webHeaders } from "./basic-auth.ts";
import type { Guard, GuardedEnv } from "./guard.ts";
import type { WebConfig } from "./web-config.ts";

/** What stands between a web app and its callers. */
export interface Protection {
  readonly guard: Guard;
  /** The web configuration file in force, if there is one. */
  readonly webConfig: () => WebConfig | undefined;
}

/** Has an app answer only whom rules and the web configuration file admit, and only questions. To be called before its routes are added. */
export function protect(app: Hono<GuardedEnv>, { guard, webConfig }: Protection): void {
  app.use(webHeaders(webConfig));
  app.use(guard.admit());
  app.use(rateLimit(webConfig, () => performance.now() / 1000));
  app.use(basicAuth(webConfig));
  app.use(async function onlyRead(c, next) {
    if (["GET", "HEAD"].includes(c.req.method)) return next();
    return c.text("Only GET and HEAD are served.\n", 405, { Allow: "GET, HEAD" });
  });
}
