import type { History } from "../lab/prometheus.ts";

/** The two targets that are compared. */
export const INSTANCES = ["ours", "theirs"] as const;
export type Instance = (typeof INSTANCES)[number];
export type Labels = Readonly<Record<string, string>>;

/** Series of node_exporter's default set that the agent has not, and why. */
export const NOT_OURS: readonly (readonly [names: RegExp, reason: string])[] = [
  [/^go_/, "of the Go runtime, which the agent has not"],
  [/^promhttp_/, "of node_exporter's web server; tsmon_http_requests_total counts the agent's requests"],
  [/^node_exporter_build_info\{/, "would say that a node_exporter runs here; the agent has tsmon_build_info"],
  [
    /^process_network_(receive|transmit)_bytes_total\{/,
    "of the Go client library: the network namespace's bytes, not the process's",
  ],
];

/** Series that the agent has besides. */
export const ONLY_OURS = /^(tsmon|tailscale)_/;

/** States that few processes and connections are in, and none the next moment. */
export const FLEETING = /^node_(processes_(threads_)?state|tcp_connection_states)\{\w+="(?!S"|listen")/;

/** How much a counter may be outside of its neighbours; the kernel lets some of them step back. */
const SLACK = 1;
/** How long a scrape may take at most, so that what is this much earlier was read before. */
const SCRAPE_SECONDS = 1;
/**
 * How many of its steps a rate may be off. Both instances are scraped once an interval, at different moments: what they saw
 * differs by less than a step at each end of rate()'s window, and rate() extends what it saw by at most 1.1 at each end.
 */
const STEPS = 5;
/** How far the steps of what is no rate are looked at. */
const RECENT = 10;

/** A name with its labels but those that tell the targets apart, in order. */
export function keyOf({ job: _job, instance: _instance, __name__ = "", ...labels }: Labels): string {
  const pairs = Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1));
  return `${__name__}{${pairs.map(([name, value]) => `${name}=${JSON.stringify(value)}`).join(",")}}`;
}

/** The histories of each instance by what both call the same. */
export function byInstance(histories: readonly History[]): Record<Instance, Map<string, History["values"]>> {
  const found = { ours: new Map(), theirs: new Map() };
  for (const { metric, values } of histories) found[metric.instance as Instance].set(keyOf(metric), values);
  return found;
}

/** What is wrong with the newest value of a rule: it may be off by a few of the rule's own steps. */
export function distance(record: string, ours: History["values"], theirs: History["values"]): string | undefined {
  const count = record.includes(":rate") ? Number.POSITIVE_INFINITY : RECENT;
  const tolerance = STEPS * Math.max(largestStep(ours, count), largestStep(theirs, count));
  const [our, their] = [ours.at(-1)![1], theirs.at(-1)![1]];
  return Math.abs(our - their) <= tolerance ? undefined : `${record} is ${our}, not ${their} ± ${tolerance}`;
}

function largestStep(values: History["values"], count: number): number {
  const last = values.slice(-count);
  return Math.max(0, ...last.slice(1).map(([, value], index) => Math.abs(value - last[index]![1])));
}

/** What is wrong with a counter: each of our values is between what they read before and what they read after. */
export function outside(key: string, ours: History["values"], theirs: History["values"]): string | undefined {
  for (const [seconds, value] of ours) {
    const before = theirs.findLast(([theirSeconds]) => theirSeconds <= seconds - SCRAPE_SECONDS)?.[1];
    const after = theirs.find(([theirSeconds]) => theirSeconds >= seconds + SCRAPE_SECONDS)?.[1];
    if (before === undefined || after === undefined) continue;
    if (value < before - SLACK || value > after + SLACK)
      return `${key} is ${value}, not between ${before} and ${after}`;
  }
  return undefined;
}
