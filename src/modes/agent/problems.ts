import { NoData } from "../../exporter/collector.ts";
import { TAILNET_COLLECTORS } from "../../exporter/collectors/tailnet/table.ts";
import type { Outcome } from "../../exporter/scrape.ts";
import { LocalApiError } from "../../localapi/errors.ts";
import type { Log } from "../../log.ts";

/** What a scrape tells of itself and of tailscaled. What it did not ask is in neither list. */
export interface Findings {
  /** What stands wrong, by what has it. */
  readonly problems: ReadonlyMap<string, string>;
  /** What was asked and is well. */
  readonly well: ReadonlySet<string>;
}

/** Failures of tailscaled as a whole, whatever it was asked. */
const UNREACHABLE: ReadonlySet<string> = new Set([
  "missing",
  "refused",
  "permission",
  "unreachable",
  "timeout",
  "aborted",
  "cut",
]);

/** What has a problem that is tailscaled's. One that restarts has several on the way, which are one outage. */
export const TAILSCALED = "tailscaled";

/** Collectors that fail when tailscaled does and succeed when it answers; `tailscale_up` succeeds in any case. */
const ASKING: ReadonlySet<string> = new Set(
  TAILNET_COLLECTORS.map(({ name }) => name).filter((name) => name !== "tailscale_up"),
);

/**
 * What a scrape found. A tailscaled that is out of reach, or whose `status` is of no use, is one problem however many
 * collectors met it, and then nothing is known of theirs.
 */
export function findingsOf(outcomes: readonly Outcome[]): Findings {
  const problems = new Map<string, string>();
  const well = new Set<string>();
  // That of status before others, so that the text is the same at every scrape.
  const down = outcomes.find(isStatusFailure) ?? outcomes.find(isUnreachable);
  if (down) problems.set(TAILSCALED, textOf(down.error));
  else if (outcomes.some(({ collector }) => ASKING.has(collector))) well.add(TAILSCALED);
  for (const { collector, error } of outcomes) {
    if (error === undefined || error instanceof NoData) well.add(collector);
    else if (!down || !ASKING.has(collector)) problems.set(collector, textOf(error));
  }
  return { problems, well };
}

/** Tells every collector's outcome, for those who look for the reason of something. */
export function logOutcomes(log: Log, outcomes: readonly Outcome[]): void {
  for (const { collector, durationSeconds, error } of outcomes) {
    log.debug("Collected", { collector, durationSeconds, ...(error !== undefined && { problem: textOf(error) }) });
  }
}

function isStatusFailure({ error }: Outcome): boolean {
  return error instanceof LocalApiError && error.endpoint === "status";
}

function isUnreachable({ error }: Outcome): boolean {
  return error instanceof LocalApiError && UNREACHABLE.has(error.failure);
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
