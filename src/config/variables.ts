import { nearest } from "./nearest.ts";
import type { Layer, Source } from "./problem.ts";
import { type SettingsSchema, variablePrefixOf, variablesOf } from "./schema.ts";

/** Settings of the environment. An empty variable is one that is not set; lists are separated by commas. */
export function readVariables(
  env: Readonly<Record<string, string | undefined>>,
  schema: SettingsSchema,
  mode: string,
): Layer {
  const layer: Layer = { given: new Map(), problems: [] };
  const prefix = variablePrefixOf(mode);
  const names = Object.keys(env).filter((name) => name.startsWith(prefix) && env[name]);
  if (names.length === 0) return layer;
  const keys = variablesOf(schema, mode);
  for (const [position, name] of names.toSorted().entries()) {
    const source: Source = { kind: "variable", label: `variable ${name}`, position };
    const key = keys.get(name);
    if (key !== undefined) layer.given.set(key, { value: env[name], source });
    else layer.problems.push({ source, text: `unknown variable ${hintFor(name, keys.keys(), mode)}` });
  }
  return layer;
}

function hintFor(name: string, names: Iterable<string>, mode: string): string {
  const found = nearest(name, names);
  return found === undefined ? `(tsmon ${mode} --help lists them all)` : `(did you mean ${found}?)`;
}
