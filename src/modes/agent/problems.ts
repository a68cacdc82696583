import { NoData } from "../../exporter/collector.ts";
import type { Outcome } from "../../exporter/scrape.ts";
import { LocalApiError } from "../../localapi/errors.ts";

/** Failures of tailscaled as a whole, which every collector that asks it meets alike. */
const UNREACHABLE: ReadonlySet<string> = new Set([
  "missing",
  "refused",
  "permission",
  "unreachable",
  "timeout",
  "aborted",
  "cut",
]);

/** What stands wrong after a scrape, by what has it: one problem for tailscaled, however many collectors met it. */
export function problemsOf(outcomes: readonly Outcome[]): Map<string, string> {
  const problems = new Map<string, string>();
  for (const { collector, error } of outcomes) {
    if (error === undefined || error instanceof NoData) continue;
    const isTailscaled = error instanceof LocalApiError && UNREACHABLE.has(error.failure);
    const subject = isTailscaled ? "tailscaled" : collector;
    if (!problems.has(subject)) problems.set(subject, error instanceof Error ? error.message : String(error));
  }
  return problems;
}
