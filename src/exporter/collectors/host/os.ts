import { type Collector, NoData } from "../../collector.ts";
import { gauge, type Sample } from "../../metric.ts";
import { parseEnvironmentFile } from "./environment-file.ts";
import { readTextIfPresent } from "./files.ts";
import type { HostSource } from "./source.ts";

const INFO_LABELS = [
  "build_id",
  "id",
  "id_like",
  "image_id",
  "image_version",
  "name",
  "pretty_name",
  "variant",
  "variant_id",
  "version",
  "version_codename",
  "version_id",
] as const;

const INFO = gauge(
  "node_os_info",
  `A metric with a constant '1' value labeled by ${INFO_LABELS.join(", ")}.`,
  INFO_LABELS,
);
const VERSION = gauge("node_os_version", "Metric containing the major.minor part of the OS version.", [
  "id",
  "id_like",
  "name",
]);
const SUPPORT_END = gauge(
  "node_os_support_end_timestamp_seconds",
  "Metric containing the end-of-life date timestamp of the OS.",
);

/** Name and version of the distribution, from os-release(5) under the root file system. */
export function os(): Collector<HostSource> {
  return {
    name: "os",
    metrics: () => [INFO, VERSION, SUPPORT_END],
    collect({ paths }) {
      const root = paths.rootfs.replace(/\/$/, "");
      const text = readTextIfPresent(`${root}/etc/os-release`) ?? readTextIfPresent(`${root}/usr/lib/os-release`);
      if (text === undefined) throw new NoData("no os-release");
      return osSamples(parseEnvironmentFile(text));
    },
  };
}

/** Samples of the variables of os-release. */
export function osSamples(release: ReadonlyMap<string, string>): Sample[] {
  const variable = (name: string) => release.get(name.toUpperCase()) ?? "";
  const labels = Object.fromEntries(INFO_LABELS.map((name) => [name, variable(name)]));
  const samples = [INFO.sample(1, labels as Record<(typeof INFO_LABELS)[number], string>)];
  const version = Number(/^\d+\.?\d*/.exec(variable("version_id"))?.[0] ?? 0);
  if (version > 0) {
    samples.push(VERSION.sample(version, { id: variable("id"), id_like: variable("id_like"), name: variable("name") }));
  }
  const supportEnd = variable("support_end");
  if (supportEnd !== "") samples.push(SUPPORT_END.sample(dateSeconds(supportEnd)));
  return samples;
}

/** Start of a day `YYYY-MM-DD` as Unix time. */
function dateSeconds(date: string): number {
  const milliseconds = /^\d{4}-\d{2}-\d{2}$/.test(date) ? Date.parse(`${date}T00:00:00Z`) : Number.NaN;
  // Date.parse() takes 30 February for 1 or 2 March.
  if (Number.isNaN(milliseconds) || new Date(milliseconds).toISOString().slice(0, 10) !== date) {
    throw new SyntaxError(`Cannot parse os-release: found SUPPORT_END "${date}"`);
  }
  return milliseconds / 1000;
}
