import type { Format } from "./render.ts";

/** One entry of an Accept-like header: the value, its parameters and its weight from 0 to 1. */
interface Preference {
  readonly value: string;
  readonly parameters: ReadonlyMap<string, string>;
  readonly weight: number;
}

/**
 * The format that an `Accept` header ranks highest, as Prometheus's own libraries choose it: the text format unless
 * OpenMetrics is asked for by name and preferred.
 */
export function negotiateFormat(accept: string | undefined): Format {
  for (const { value, parameters } of preferences(accept)) {
    const version = parameters.get("version");
    if (value === "application/openmetrics-text" && (version === undefined || /^(0\.0\.1|1\.0\.0)$/.test(version))) {
      return "openmetrics";
    }
    if (/^(text\/plain|text\/\*|\*\/\*)$/.test(value)) return "text";
  }
  return "text";
}

/** Whether an `Accept-Encoding` header admits gzip, by its name or else by `*`. */
export function acceptsGzip(acceptEncoding: string | undefined): boolean {
  const all = entries(acceptEncoding);
  const entry = all.find(({ value }) => value === "gzip") ?? all.find(({ value }) => value === "*");
  return entry !== undefined && entry.weight > 0;
}

/** Entries by falling weight, those of weight 0 left out; equal weights keep their order (RFC 9110, 12.4.2). */
function preferences(header: string | undefined): Preference[] {
  return entries(header)
    .filter(({ weight }) => weight > 0)
    .sort((a, b) => b.weight - a.weight);
}

function entries(header: string | undefined): Preference[] {
  return (header ?? "").split(",").map((entry) => {
    const [value = "", ...rest] = entry.split(";").map((part) => part.trim().toLowerCase());
    const parameters = new Map(rest.map((part) => part.split("=", 2).map((side) => side.trim()) as [string, string]));
    const weight = Number(parameters.get("q") ?? 1);
    return { value, parameters, weight: weight >= 0 && weight <= 1 ? weight : 0 };
  });
}

/** The header that tells a body's length. Said by ourselves, since to HEAD the runtime would say that there are 0 bytes. */
export function lengthOf({ length }: Uint8Array) {
  return { "Content-Length": `${length}` };
}
