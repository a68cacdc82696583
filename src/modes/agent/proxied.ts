import type { MetricsOptions } from "../../exporter/http.ts";
import type { ChangeLog } from "../../log.ts";
import type { ProxyOptions } from "../../proxy/http.ts";
import { mayRead } from "../../web/access.ts";
import { type MergeOptions, readOthers } from "./merge.ts";
import type { AgentSettings } from "./settings.ts";
import type { AgentSource } from "./source.ts";

/** The exporters of the settings, as they are proxied. */
export function proxyOf(settings: AgentSettings, observe: ProxyOptions["observe"]): ProxyOptions {
  return {
    targets: new Map(settings["proxy.exporters"].map((target) => [target.name, target])),
    options: settings["proxy.options"],
    maxBytes: settings["proxy.max-bytes"],
    timeoutSeconds: settings["scrape.timeout"],
    maxRequests: settings["web.max-requests"],
    observe,
  };
}

/** What reads the exporters of a merged page; nothing when the page has the agent's own families only. */
export function merging(
  settings: AgentSettings,
  proxy: ProxyOptions,
  log: ChangeLog,
): MetricsOptions<AgentSource>["readOthers"] {
  const names = [...new Set(settings["proxy.merge"])];
  if (names.length === 0) return undefined;
  const report: MergeOptions["report"] = (problems, asked) => log.report(problems, (name) => asked.includes(name));
  return (c, format, budgetSeconds) => {
    const mayScrape = (name: string) => mayRead(c.get("access"), "metrics", name);
    return readOthers({ proxy, names, report }, mayScrape, format, budgetSeconds);
  };
}
