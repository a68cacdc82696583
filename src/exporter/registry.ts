import type { Registry } from "prom-client";
import { formatGoFloat } from "./format.ts";
import { labelBlock, Metric, type MetricType, type Sample } from "./metric.ts";

/** What the registry's own counters, gauges and histograms hold now, as samples. */
export async function registrySamples(registry: Registry): Promise<Sample[]> {
  const families = await registry.getMetricsAsJSON();
  return families.flatMap(({ name, help, type, values }) => {
    const metric = new Metric(type as unknown as MetricType, name, help);
    return (values as RegistryValue[]).map(({ labels, value, metricName = name }) => ({
      metric,
      labels: labelBlock(pairs(labels)),
      value,
      ...(metricName === name ? {} : { suffix: metricName.slice(name.length) }),
    }));
  });
}

/** All families of the registry, also those that have no series yet. */
export function registryFamilies(registry: Registry): Metric[] {
  const registered = registry.getMetricsAsArray() as unknown as RegisteredMetric[];
  return registered.map(({ type, name, help, labelNames }) => new Metric(type, name, help, labelNames));
}

/** What a registered metric has besides its declared methods. */
interface RegisteredMetric {
  readonly type: MetricType;
  readonly name: string;
  readonly help: string;
  readonly labelNames: readonly string[];
}

interface RegistryValue {
  readonly labels: Readonly<Record<string, string | number>>;
  readonly value: number;
  /** Name of the series where it is not the family's, as for a histogram's buckets. */
  readonly metricName?: string;
}

function pairs(labels: RegistryValue["labels"]): [string, string][] {
  const named = Object.entries(labels).map(([name, value]): [string, string] => [
    name,
    typeof value === "number" ? formatGoFloat(value) : value,
  ]);
  return named.sort(([a], [b]) => (a < b ? -1 : 1));
}
