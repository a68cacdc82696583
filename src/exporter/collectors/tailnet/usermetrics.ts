import type { Collector } from "../../collector.ts";
import { parseText } from "../../text.ts";
import type { TailnetSource } from "./source.ts";

/** tailscaled's own metrics, unchanged, also those of versions to come. */
export function userMetrics(): Collector<TailnetSource> {
  return {
    name: "tailscale_usermetrics",
    metrics: () => [],
    async collect(source) {
      return parseText(await source.userMetrics());
    },
  };
}
