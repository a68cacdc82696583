import { gauge, type Metric } from "../../exporter/metric.ts";

/** A family of another exporter, under the name and labels that its dashboards know. */
export function foreign<Name extends string>(
  name: string,
  help: string,
  labels: readonly Name[],
): Metric<Name | "tailnet"> {
  return gauge(name, help, [...labels, "tailnet"]);
}
