import type { Collector } from "../../collector.ts";
import { gauge } from "../../metric.ts";
import type { TailnetSource } from "./source.ts";

const UP = gauge("tailscale_up", "Whether tailscaled answered in this scrape: 1 means yes.");

/** Whether tailscaled answers. That it does not is an answer too, so this collector does not fail. */
export function up(): Collector<TailnetSource> {
  return {
    name: "tailscale_up",
    metrics: () => [UP],
    collect({ status }) {
      return status().then(
        () => [UP.sample(1)],
        () => [UP.sample(0)],
      );
    },
  };
}
