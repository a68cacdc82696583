import type { Metric, Sample } from "./metric.ts";

/** The samples of one family, ready to be rendered. */
export interface Family {
  readonly metric: Metric;
  readonly samples: Sample[];
}

/** Families by name. */
export type Families = Map<string, Family>;

/**
 * Adds one collector's samples to `families`, family by family, and returns what is wrong with the families that it left
 * out: a name that the format does not have, a type or HELP owner that clashes with an earlier collector's, a series that
 * exists twice, a value that its type forbids.
 * A wrong family is left out whole, because a guess at the right series would be a wrong number.
 */
export function addSamples(families: Families, samples: readonly Sample[]): string[] {
  const problems: string[] = [];
  for (const family of groupByName(samples).values()) {
    const present = families.get(family.metric.name);
    const problem = familyProblem(family, present);
    if (problem !== undefined) problems.push(`family ${family.metric.name}: ${problem}`);
    else if (present) for (const sample of family.samples) present.samples.push(sample);
    else families.set(family.metric.name, family);
  }
  return problems;
}

function groupByName(samples: readonly Sample[]): Families {
  const families: Families = new Map();
  let last: Family | undefined;
  for (const sample of samples) {
    if (last?.metric !== sample.metric) {
      last = families.get(sample.metric.name);
      if (!last) {
        last = { metric: sample.metric, samples: [] };
        families.set(sample.metric.name, last);
      }
    }
    last.samples.push(sample);
  }
  return families;
}

function familyProblem(family: Family, present: Family | undefined): string | undefined {
  const { type, problem } = family.metric;
  if (problem !== undefined) return problem;
  if (present && present.metric.type !== type) return `is a ${type} here and a ${present.metric.type} elsewhere`;
  const seen = present || family.samples.length > 1 ? new Set<string>() : undefined; // most families have one series
  for (const sample of present?.samples ?? []) seen?.add((sample.suffix ?? "") + sample.labels);
  for (const sample of family.samples) {
    if (sample.metric !== family.metric && sample.metric.type !== type)
      return `is both ${type} and ${sample.metric.type}`;
    const series = sample.suffix === undefined ? sample.labels : sample.suffix + sample.labels;
    if (seen !== undefined && seen.size === seen.add(series).size)
      return `series ${sample.metric.name}${series} exists twice`;
    if (type === "counter" && !(sample.value >= 0)) return `counter with the value ${sample.value}`;
  }
  return undefined;
}
