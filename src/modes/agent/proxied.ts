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
  const standing = new Map<string, string>();
  const report: MergeOptions["report"] = (problems, asked) => {
    for (const subject of asked) if (!problems.has(subject)) standing.delete(subject);
    for (const [subject, text] of problems) if (!standing.has(subject)) standing.set(subject, text);
    // The text of when it began: there may be numbers in it that are others at every scrape.
    const told = new Map([...problems.keys()].map((subject) => [subject, standing.get(subject)!]));
    log.report(told, (subject) => asked.includes(subject));
  };
  return (c, format, budgetSeconds) => {
    const mayScrape = (name: string) => mayRead(c.get("access"), "metrics", name);
    return readOthers({ proxy, names, report }, mayScrape, format, budgetSeconds);
  };
}
