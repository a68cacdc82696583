import { gauge, type Metric } from "../../exporter/metric.ts";
import type { Sink } from "../families/sink.ts";
import type { TailnetSnapshot } from "../snapshot.ts";

/** A family of another exporter, under the name and labels that its dashboards know. */
export function foreign<Name extends string>(
  name: string,
  help: string,
  labels: readonly Name[],
): Metric<Name | "tailnet"> {
  return gauge(name, help, [...labels, "tailnet"]);
}

/** What another exporter tells of its collectors. */
export interface Collectors {
  readonly success: Metric<"collector" | "tailnet">;
  readonly duration: Metric<"collector" | "tailnet">;
  /** Its collectors by our parts. */
  readonly byPart: Readonly<Record<string, string>>;
}

/** How another exporter's collectors fared. One that the credential may not see is no failure for ever. */
export function collectorSamples(sink: Sink, { parts, tailnet }: TailnetSnapshot, collectors: Collectors): void {
  for (const { name, isWell, isSupported, durationSeconds } of parts) {
    const collector = collectors.byPart[name];
    if (collector === undefined || !isSupported) continue;
    sink.add(collectors.success, { collector, tailnet }, isWell);
    sink.add(collectors.duration, { collector, tailnet }, durationSeconds);
  }
}
