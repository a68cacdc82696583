import { existsSync, readlinkSync } from "node:fs";
import type { Collector } from "../../collector.ts";
import { gauge, type Metric, type Sample } from "../../metric.ts";
import { parseCpuRange } from "./cpu-topology.ts";
import { namesIn, readText } from "./files.ts";
import { unsigned } from "./parse.ts";
import type { HostSource } from "./source.ts";
import { attributeIfPresent, isForbidden, isUnavailable } from "./sysfs.ts";

const hertz = (name: string, help: string) => gauge(`node_cpu_${name}_hertz`, help, ["cpu"]);

/** Family of each file in a CPU's folder `cpufreq`, all in kHz (the kernel's Documentation/admin-guide/pm/cpufreq.rst). */
const FREQUENCIES: readonly (readonly [file: string, metric: Metric<"cpu">])[] = [
  ["cpuinfo_cur_freq", hertz("frequency", "Current CPU thread frequency in hertz.")],
  ["cpuinfo_avg_freq", hertz("frequency_avg", "Average CPU thread frequency in hertz.")],
  ["cpuinfo_min_freq", hertz("frequency_min", "Minimum CPU thread frequency in hertz.")],
  ["cpuinfo_max_freq", hertz("frequency_max", "Maximum CPU thread frequency in hertz.")],
  ["scaling_cur_freq", hertz("scaling_frequency", "Current scaled CPU thread frequency in hertz.")],
  ["scaling_min_freq", hertz("scaling_frequency_min", "Minimum scaled CPU thread frequency in hertz.")],
  ["scaling_max_freq", hertz("scaling_frequency_max", "Maximum scaled CPU thread frequency in hertz.")],
];

const GOVERNOR = gauge("node_cpu_scaling_governor", "Current enabled CPU frequency governor.", ["cpu", "governor"]);

/** Values of a policy, which all CPUs under it share. */
export interface Policy {
  /** Hertz by place in {@linkcode FREQUENCIES}; undefined where the driver does not tell. */
  readonly hertz: readonly (number | undefined)[];
  readonly governor: string;
  readonly governors: readonly string[];
}

/** Frequencies and governors of the CPUs that are online, from sysfs. */
export function cpufreq(): Collector<HostSource> {
  return {
    name: "cpufreq",
    metrics: () => [...FREQUENCIES.map(([, metric]) => metric), GOVERNOR],
    async collect({ paths }) {
      const folder = `${paths.sysfs}/devices/system/cpu`;
      const offline = new Set(parseCpuRange(readText(`${folder}/offline`)));
      const policies = new Map<string, string>();
      for (const name of namesIn(folder)) {
        const [, cpu] = /^cpu(\d+)$/.exec(name) ?? [];
        if (cpu === undefined || offline.has(Number(cpu))) continue;
        const policy = policyPath(`${folder}/${name}/cpufreq`);
        if (policy !== undefined) policies.set(cpu, policy);
      }
      return samplesOf(policies, await readPolicies([...new Set(policies.values())]));
    },
  };
}

/** Where a CPU's `cpufreq` leads: CPUs under one policy share a folder. Undefined for a CPU without it. */
function policyPath(link: string): string | undefined {
  if (!existsSync(link)) return undefined;
  try {
    return `${link.slice(0, link.lastIndexOf("/"))}/${readlinkSync(link)}`;
  } catch {
    return link; // old kernels have a folder in its place
  }
}

/**
 * Policies by their folders. On some processors a look at the current frequency takes the kernel many milliseconds: once
 * a policy has taken `slowMs`, those after it are waited for at once.
 */
export async function readPolicies(folders: readonly string[], slowMs = 2): Promise<Map<string, Policy>> {
  const policies = new Map<string, Policy>();
  for (const [i, folder] of folders.entries()) {
    const startedMs = performance.now();
    policies.set(
      folder,
      policyOf(folder, (file) => attributeIfPresentAndPermitted(`${folder}/${file}`)),
    );
    if (performance.now() - startedMs < slowMs) continue;
    await Promise.all(folders.slice(i + 1).map(async (slow) => policies.set(slow, await readPolicy(slow))));
    break;
  }
  return policies;
}

async function readPolicy(folder: string): Promise<Policy> {
  const files = [...FREQUENCIES.map(([file]) => file), "scaling_governor", "scaling_available_governors"];
  const texts = new Map<string, string>();
  const { readFile } = await import("node:fs/promises"); // loaded only where a policy is slow
  for (const file of files) {
    const text = await readFile(`${folder}/${file}`, "utf8").catch((error: unknown) => {
      if (isUnavailable(error) || isForbidden(error)) return undefined;
      throw error;
    });
    if (text !== undefined) texts.set(file, text.trim());
  }
  return policyOf(folder, (file) => texts.get(file));
}

function policyOf(folder: string, read: (file: string) => string | undefined): Policy {
  const hertzOf = (file: string) => {
    const text = read(file);
    // <unknown> is what the kernel says of a frequency that the driver could not get.
    return text === undefined || text === "<unknown>" ? undefined : unsigned(text, `${folder}/${file}`) * 1000;
  };
  return {
    hertz: FREQUENCIES.map(([file]) => hertzOf(file)),
    governor: read("scaling_governor") ?? "",
    governors: (read("scaling_available_governors") ?? "").split(" "),
  };
}

/** cpuinfo_cur_freq asks the hardware, and is for root only. */
function attributeIfPresentAndPermitted(path: string): string | undefined {
  try {
    return attributeIfPresent(path);
  } catch (error) {
    if (isForbidden(error)) return undefined;
    throw error;
  }
}

function samplesOf(policies: ReadonlyMap<string, string>, values: ReadonlyMap<string, Policy>): Sample[] {
  const samples: Sample[] = [];
  for (const [cpu, folder] of policies) {
    const policy = values.get(folder)!;
    const labels = FREQUENCIES[0]![1].labels({ cpu });
    for (const [i, [, metric]] of FREQUENCIES.entries()) {
      const value = policy.hertz[i];
      if (value !== undefined) samples.push(metric.sample(value, labels));
    }
    if (policy.governor === "") continue;
    for (const governor of policy.governors) {
      samples.push(GOVERNOR.sample(Number(governor === policy.governor), { cpu, governor }));
    }
  }
  return samples;
}
