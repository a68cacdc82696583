import { Metric, type MetricType, type Sample } from "../../metric.ts";
import type { TextFamily } from "../../text-families.ts";

/** A family of one file. */
export interface FileFamily extends TextFamily {
  readonly path: string;
}

/**
 * Families whose HELP is that of the first file that has one; a family that says otherwise is left out and told in `errors`.
 * Those without HELP get one that names their files.
 */
export function withOneHelp(families: readonly FileFamily[], errors: string[]): FileFamily[] {
  const helps = new Map<string, string>();
  const clashing = new Set<string>();
  const admitted = families.filter(({ name, help, path }) => {
    const first = helps.get(name);
    if (first !== undefined && ((help !== undefined && help !== first) || clashing.has(name))) {
      clashing.add(name);
      errors.push(`${path}: ${name} has another HELP than before`);
      return false;
    }
    if (help !== undefined) helps.set(name, help);
    return true;
  });
  const paths = new Map<string, string[]>();
  for (const { name, path } of admitted) paths.getOrInsertComputed(name, () => []).push(path);
  // Once a name and not once a file: with thousands of files the text is long.
  const sources = new Map<string, string>();
  const sourceOf = (name: string) => `Metric read from ${paths.get(name)!.join(", ")}`;
  return admitted.map((family) => ({
    ...family,
    help: family.help ?? sources.getOrInsertComputed(family.name, sourceOf),
  }));
}

/** A family as it is reported. */
interface Reported {
  readonly metric: Metric;
  /** Label blocks, with their suffixes. */
  readonly series: Set<string>;
}

/**
 * `own` and the samples of the families. Of what clashes the first stays, as in node_exporter, and `own` is the first; the
 * rest is told in `clashes`.
 */
export function withFamilies(own: readonly Sample[], families: readonly FileFamily[], clashes: string[]): Sample[] {
  const samples = [...own];
  const reported = new Map<string, Reported>();
  const owners = new Map<string, string>();
  for (const { metric, labels } of own) {
    reported.getOrInsertComputed(metric.name, () => ({ metric, series: new Set() })).series.add(labels);
    owners.set(metric.name, metric.name);
  }
  for (const { name, type, help = "", path, samples: added } of families) {
    const owner = seriesNames(name, type).find((series) => (owners.get(series) ?? name) !== name);
    const family = reported.get(name) ?? { metric: new Metric(type, name, help), series: new Set() };
    const { metric, series } = family;
    if (owner !== undefined) clashes.push(`${path}: ${name} has series of another family, ${owners.get(owner)}`);
    else if (metric.type !== type) clashes.push(`${path}: ${name} is ${type} and was ${metric.type} before`);
    else if (metric.help !== help) clashes.push(`${path}: ${name} has another HELP than before`);
    else {
      reported.set(name, family);
      for (const series of seriesNames(name, type)) owners.set(series, name);
      for (const sample of added) {
        const key = (sample.suffix ?? "") + sample.labels;
        const isBelow = type === "counter" && !(sample.value >= 0);
        if (isBelow) clashes.push(`${path}: ${name}${key} is a counter with the value ${sample.value}`);
        else if (series.size === series.add(key).size) clashes.push(`${path}: ${name}${key} exists twice`);
        else samples.push({ metric, ...sample });
      }
    }
  }
  return samples;
}

/** Names that the series of a family may have. */
function seriesNames(name: string, type: MetricType): string[] {
  if (type === "histogram") return [name, `${name}_bucket`, `${name}_sum`, `${name}_count`];
  return type === "summary" ? [name, `${name}_sum`, `${name}_count`] : [name];
}
