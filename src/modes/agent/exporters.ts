import type { ProxyOptions } from "../../proxy/http.ts";
import { OWN_EXPORTER } from "../../proxy/settings.ts";
import { pathOf } from "../../proxy/target.ts";

/** An exporter that the agent serves, as discovery reads of it. */
export interface ServedExporter {
  readonly name: string;
  readonly path: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** What the agent serves to one who may scrape these: its own metrics, and the exporters of this host. */
export function exporterList(
  { metricsPath, proxy }: { readonly metricsPath: string; readonly proxy: ProxyOptions },
  mayScrape: (name: string) => boolean,
): ServedExporter[] {
  const proxied = [...proxy.targets.keys()].map((name) => {
    return { name, path: pathOf(name), labels: proxy.options[name]?.labels ?? {} };
  });
  return [{ name: OWN_EXPORTER, path: metricsPath, labels: {} }, ...proxied].filter(({ name }) => mayScrape(name));
}
