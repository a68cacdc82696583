import { existsSync } from "node:fs";
import { counter, gauge, type Sample } from "../../metric.ts";
import { namesIn, readTextIfPresent, readUnsignedIfPresent } from "./files.ts";
import { quoted, unsigned } from "./parse.ts";

const CORE_THROTTLES = counter("node_cpu_core_throttles_total", "Number of times this CPU core has been throttled.", [
  "package",
  "core",
]);
const PACKAGE_THROTTLES = counter(
  "node_cpu_package_throttles_total",
  "Number of times this CPU package has been throttled.",
  ["package"],
);
const ISOLATED = gauge(
  "node_cpu_isolated",
  "Whether each core is isolated, information from /sys/devices/system/cpu/isolated.",
  ["cpu"],
);
const ONLINE = gauge("node_cpu_online", "CPUs that are online and being scheduled.", ["cpu"]);

/** Families that {@linkcode cpuTopologySamples} yields. */
export const CPU_TOPOLOGY_METRICS = [CORE_THROTTLES, PACKAGE_THROTTLES, ISOLATED, ONLINE];

/** What sysfs says of the CPUs under its folder `devices/system/cpu`. */
export function cpuTopologySamples(folder: string): Sample[] {
  const names = namesIn(folder).filter((name) => /^cpu\d/.test(name));
  const isolated = parseCpuRange(readTextIfPresent(`${folder}/isolated`) ?? "");
  return [
    ...throttleSamples(folder, names),
    ...isolated.map((cpu) => ISOLATED.sample(1, { cpu: `${cpu}` })),
    ...onlineSamples(folder, names),
  ];
}

/** Threads of one core and cores of one package share their counters: the first thread that has one speaks for all. */
function throttleSamples(folder: string, names: readonly string[]): Sample[] {
  const samples = new Map<string, Sample>();
  for (const name of names) {
    const throttle = `${folder}/${name}/thermal_throttle`;
    if (!existsSync(throttle)) continue;
    const pack = readUnsignedIfPresent(`${folder}/${name}/topology/physical_package_id`);
    const core = readUnsignedIfPresent(`${folder}/${name}/topology/core_id`);
    if (pack === undefined || core === undefined) continue;
    const add = (key: string, file: string, sample: (value: number) => Sample) => {
      const value = samples.has(key) ? undefined : readUnsignedIfPresent(`${throttle}/${file}`);
      if (value !== undefined) samples.set(key, sample(value));
    };
    const labels = { package: `${pack}`, core: `${core}` };
    add(`${pack} ${core}`, "core_throttle_count", (value) => CORE_THROTTLES.sample(value, labels));
    add(`${pack}`, "package_throttle_count", (value) => PACKAGE_THROTTLES.sample(value, { package: `${pack}` }));
  }
  return [...samples.values()];
}

/** None where the first CPU has no switch, which is how a kernel without CPU hotplug looks. */
function onlineSamples(folder: string, names: readonly string[]): Sample[] {
  if (names[0] === undefined || !existsSync(`${folder}/${names[0]}/online`)) return [];
  return names.map((name) => {
    const isOnline = readTextIfPresent(`${folder}/${name}/online`)?.trim() === "1";
    return ONLINE.sample(Number(isOnline), { cpu: name.slice("cpu".length) });
  });
}

/** CPU numbers of a list such as `0-3,7` (cpuset(7), "List format"). */
export function parseCpuRange(text: string): number[] {
  return text
    .trim()
    .split(",")
    .filter((part) => part !== "")
    .flatMap((part) => {
      const [first, last = first, ...rest] = part.split("-");
      if (rest.length > 0) throw new SyntaxError(`Cannot parse list of CPUs: found "${quoted(part)}"`);
      const start = unsigned(first, "list of CPUs");
      return Array.from({ length: Math.max(0, unsigned(last, "list of CPUs") - start + 1) }, (_, i) => start + i);
    });
}
