import { fileURLToPath } from "node:url";

/** The compiled binary of this machine, made by `bun scripts/build-targets.ts --single`. */
export const BINARY = fileURLToPath(new URL("../../dist/tsmon", import.meta.url));

/** Samples of an exposition by their series, `name{labels}` → value. */
export function seriesOf(exposition: string): Map<string, number> {
  const lines = exposition.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return new Map(
    lines.map((line) => {
      const end = line.lastIndexOf(" ");
      return [line.slice(0, end), Number(line.slice(end + 1).replace("Inf", "Infinity"))];
    }),
  );
}

/** Labels of the one series of a family that matches. */
export function labelsOf(exposition: string, family: string, match: string): Record<string, string> {
  const line = exposition.split("\n").find((line) => line.startsWith(`${family}{`) && line.includes(match)) ?? "";
  return Object.fromEntries([...line.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, name, value]) => [name, value]));
}
