import type { Collector } from "../../collector.ts";
import { gauge } from "../../metric.ts";
import { namesIn } from "./files.ts";
import type { HostSource } from "./source.ts";
import { attribute } from "./sysfs.ts";

const INFO = gauge(
  "node_cpu_vulnerabilities_info",
  "Details of each CPU vulnerability reported by sysfs. The value of the series is an int encoded state of the vulnerability. The same state is stored as a string in the label",
  ["codename", "state", "mitigation"],
);

/** How a text may begin (the kernel's Documentation/ABI/testing/sysfs-devices-system-cpu), without regard to case. */
const STATES = ["not affected", "vulnerable", "mitigation", "unknown"];

/** Flaws of the CPU and what the kernel does about them, from sysfs. Not all architectures have such files. */
export function cpuVulnerabilities(): Collector<HostSource> {
  return {
    name: "cpu_vulnerabilities",
    metrics: () => [INFO],
    collect({ paths }) {
      const folder = `${paths.sysfs}/devices/system/cpu/vulnerabilities`;
      return namesIn(folder).map((codename) => {
        return INFO.sample(1, { codename, ...parseVulnerability(attribute(`${folder}/${codename}`)) });
      });
    },
  };
}

/** State and mitigation in a text such as `Mitigation: PTE Inversion`; all of one that begins as no state is a mitigation. */
export function parseVulnerability(text: string): { state: string; mitigation: string } {
  const lower = text.toLowerCase();
  const state = STATES.find((state) => lower.startsWith(state));
  if (state === undefined) return { state: "unknown", mitigation: text };
  if (state === "not affected") return { state, mitigation: "" };
  return { state, mitigation: text.split(/\s+/).slice(1).join(" ") };
}
