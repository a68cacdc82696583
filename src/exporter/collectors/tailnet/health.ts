import type { Collector } from "../../collector.ts";
import { gauge } from "../../metric.ts";
import type { TailnetSource } from "./source.ts";

const WARNING = gauge(
  "tailscale_health_warning",
  "A health warning of tailscaled that stands now. Always 1. With code and severity where tailscaled tells them, else with its text.",
  ["code", "severity", "text"],
);

/** tailscaled's health warnings: by code from the IPN bus while it is connected, else as the sentences of `status`. */
export function health(): Collector<TailnetSource> {
  return {
    name: "tailscale_health",
    metrics: () => [WARNING],
    async collect(source) {
      const { Health } = await source.status();
      const warnings = source.warnings();
      if (warnings) {
        const entries = Object.entries(warnings);
        return entries.map(([code, { Severity }]) => WARNING.sample(1, { code, severity: Severity, text: "" }));
      }
      return [...new Set(Health ?? [])].map((text) => WARNING.sample(1, { code: "", severity: "", text }));
    },
  };
}
