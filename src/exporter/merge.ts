import type { Families, Family } from "./gather.ts";
import type { RawFamily } from "./raw-families.ts";
import { type Format, headerOf } from "./render.ts";

/** Families of other exporters that go on the page with our own, by name. */
export type RawFamilies = Map<string, RawFamily>;

/**
 * Adds an exporter's families to those of others, and returns what is wrong with the families that it left out: a series
 * twice, another type or unit than the family has elsewhere, or a series whose name is another family's. First come, first served; our own come first.
 */
export function mergeFamilies(
  merged: RawFamilies,
  own: Families,
  added: readonly RawFamily[],
  format: Format,
): string[] {
  const types = new Map(
    [...own.values()].map(({ metric }) => Object.values(headerOf(metric, format)) as [string, string]),
  );
  const owners = seriesOwners(merged, own, format);
  const problems: string[] = [];
  for (const family of added) {
    const present = merged.get(family.name);
    const problem = problemOf(family, present, types.get(family.name), owners);
    if (problem !== undefined) {
      problems.push(`family ${family.name}: ${problem}`);
      continue;
    }
    for (const name of family.seriesNames) owners.set(name, family.name);
    if (!present) merged.set(family.name, family);
    else {
      for (const line of family.lines) present.lines.push(line);
      for (const name of family.seriesNames) present.seriesNames.add(name);
    }
  }
  return problems;
}

function problemOf(
  family: RawFamily,
  present: RawFamily | undefined,
  ownType: string | undefined,
  owners: ReadonlyMap<string, string>,
): string | undefined {
  if (family.problem !== undefined) return family.problem;
  const type = present?.type ?? ownType;
  if (type !== undefined && type !== family.type) return `is a ${family.type} here and a ${type} elsewhere`;
  if (present && present.unit !== family.unit) return `has the unit ${family.unit} here and ${present.unit} elsewhere`;
  for (const name of family.seriesNames) {
    const owner = owners.get(name);
    if (owner !== undefined && owner !== family.name) return `series ${name} belongs to ${owner} elsewhere`;
  }
  return owners.get(family.name) === undefined || owners.get(family.name) === family.name
    ? undefined
    : `has the name of a series of ${owners.get(family.name)}`;
}

/** The family of each series' name, and of each family's own name. */
function seriesOwners(merged: RawFamilies, own: Families, format: Format): Map<string, string> {
  const owners = new Map<string, string>();
  const add = (series: Iterable<string>, family: string) => {
    for (const name of series) owners.set(name, family);
  };
  for (const family of own.values()) add(seriesNames(family), headerOf(family.metric, format).name);
  for (const family of merged.values()) add([family.name, ...family.seriesNames], family.name);
  return owners;
}

function seriesNames({ metric, samples }: Family): Set<string> {
  return new Set(samples.map(({ suffix }) => (suffix === undefined ? metric.name : metric.name + suffix)));
}
