import { type Collector, Incomplete } from "../../collector.ts";
import { parseText } from "../../text.ts";
import type { TailnetSource } from "./source.ts";

/** What all of tailscaled's own families begin with (tailscale: util/usermetric). Others would stand in the way of the host's. */
const PREFIX = "tailscaled_";

/** tailscaled's own metrics, unchanged, also those of versions to come. */
export function userMetrics(): Collector<TailnetSource> {
  return {
    name: "tailscale_usermetrics",
    metrics: () => [],
    async collect(source) {
      const told = parseText(await source.userMetrics());
      const samples = told.filter(({ metric }) => metric.name.startsWith(PREFIX));
      const stranger = told.find(({ metric }) => !metric.name.startsWith(PREFIX));
      if (stranger)
        throw new Incomplete(`tailscaled reports ${stranger.metric.name}, which is not its own`, { samples });
      return samples;
    },
  };
}
