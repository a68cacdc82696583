import type { Pattern } from "../../../config/regexp.ts";
import { gauge, type Sample } from "../../metric.ts";
import { fields, lines, unsigned } from "./parse.ts";

const INFO = gauge("node_cpu_info", "CPU information from /proc/cpuinfo.", [
  "package",
  "core",
  "cpu",
  "vendor",
  "family",
  "model",
  "model_name",
  "microcode",
  "stepping",
  "cachesize",
]);
const FREQUENCY = gauge("node_cpu_frequency_hertz", "CPU frequency in hertz from /proc/cpuinfo.", [
  "package",
  "core",
  "cpu",
]);
const FLAG = gauge(
  "node_cpu_flag_info",
  "The `flags` field of CPU information from /proc/cpuinfo taken from the first core.",
  ["flag"],
);
const BUG = gauge(
  "node_cpu_bug_info",
  "The `bugs` field of CPU information from /proc/cpuinfo taken from the first core.",
  ["bug"],
);

/** Families that {@linkcode cpuInfoSamples} yields. */
export const CPU_INFO_METRICS = [INFO, FREQUENCY, FLAG, BUG];

/** What to export of cpuinfo besides the fixed labels. */
export interface CpuInfoOptions {
  readonly flags: Pattern | undefined;
  readonly bugs: Pattern | undefined;
  readonly withFrequency: boolean;
}

/** Samples of the text of cpuinfo. */
export function cpuInfoSamples(text: string, { flags, bugs, withFrequency }: CpuInfoOptions): Sample[] {
  const cpus = parseCpuInfo(text);
  const [first] = cpus;
  const matching = (key: string, pattern: Pattern | undefined) => {
    return pattern ? [...new Set(fields(first?.get(key) ?? ""))].filter((word) => pattern.test(word)) : [];
  };
  return [
    ...cpus.map((cpu) => INFO.sample(1, infoLabels(cpu))),
    ...(withFrequency ? cpus.flatMap(frequencySamples) : []),
    ...[...matching("flags", flags), ...matching("Features", flags)].map((flag) => FLAG.sample(1, { flag })),
    ...matching("bugs", bugs).map((bug) => BUG.sample(1, { bug })),
  ];
}

type CpuFields = ReadonlyMap<string, string>;

function infoLabels(cpu: CpuFields) {
  const field = (key: string) => cpu.get(key) ?? "";
  return {
    package: field("physical id"),
    core: field("core id"),
    cpu: field("processor"),
    vendor: cpu.get("vendor_id") ?? field("vendor"),
    family: field("cpu family"),
    model: field("model"),
    model_name: field("model name"),
    microcode: field("microcode"),
    stepping: field("stepping"),
    cachesize: field("cache size"),
  };
}

/** Absent on ARM, whose cpuinfo has no frequency. */
function frequencySamples(cpu: CpuFields): Sample[] {
  const text = cpu.get("cpu MHz");
  if (text === undefined) return [];
  const megahertz = Number(text);
  if (Number.isNaN(megahertz)) throw new SyntaxError(`Cannot parse cpuinfo: found "cpu MHz: ${text}"`);
  const { package: pack, core, cpu: number } = infoLabels(cpu);
  return [FREQUENCY.sample(megahertz * 1e6, { package: pack, core, cpu: number })];
}

/** Fields of each processor in file order. What stands before the first one (32-bit ARM) belongs to none. */
export function parseCpuInfo(text: string): CpuFields[] {
  const cpus: Map<string, string>[] = [];
  for (const line of lines(text)) {
    const colon = line.indexOf(": ");
    if (colon < 0) continue;
    const key = line.slice(0, colon).trim();
    const value = line.slice(colon + 2);
    if (key === "processor") cpus.push(new Map([[key, `${unsigned(value, "cpuinfo")}`]]));
    else cpus.at(-1)?.set(key, value);
  }
  if (cpus.length === 0) throw new SyntaxError("Cannot parse cpuinfo: found no processor");
  return cpus;
}
