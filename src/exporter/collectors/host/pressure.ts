import { type Collector, NoData } from "../../collector.ts";
import { counter, type Metric } from "../../metric.ts";
import { readTextIfPresent } from "./files.ts";
import { filled } from "./filled.ts";
import { unsigned } from "./parse.ts";
import type { HostSource } from "./source.ts";

/** A line of a resource's file: `some` when at least one task was held up, `full` when all were. */
type Share = "some" | "full";

const waiting = (name: string, cause: string) => {
  return counter(`node_pressure_${name}_waiting_seconds_total`, `Total time in seconds that processes have ${cause}`);
};
const stalled = (name: string, cause: string) => {
  const help = `Total time in seconds no process could make progress due to ${cause} congestion`;
  return counter(`node_pressure_${name}_stalled_seconds_total`, help);
};

/** Resources with their families by line. The kernel writes `full` of cpu for symmetry, and no `some` of irq. */
const RESOURCES: readonly (readonly [resource: string, families: Partial<Record<Share, Metric<never>>>])[] = [
  ["cpu", { some: waiting("cpu", "waited for CPU time") }],
  ["io", { some: waiting("io", "waited due to IO congestion"), full: stalled("io", "IO") }],
  ["memory", { some: waiting("memory", "waited for memory"), full: stalled("memory", "memory") }],
  ["irq", { full: stalled("irq", "IRQ") }],
];

const MICROSECONDS_PER_MILLISECOND = 1000;
const MILLISECONDS_PER_SECOND = 1000;

/** Time that tasks lost for want of a resource, from `pressure` in procfs (psi in the kernel's documentation). */
export function pressure(): Collector<HostSource> {
  return {
    name: "pressure",
    metrics: () => RESOURCES.flatMap(([, families]) => Object.values(families)),
    collect({ paths }) {
      return filled((samples) => {
        for (const [resource, families] of RESOURCES) {
          const text = readPressure(`${paths.procfs}/pressure/${resource}`);
          if (text === undefined) continue;
          for (const [share, family] of Object.entries(families)) {
            const microseconds = parsePressure(text, share as Share);
            if (microseconds === undefined) throw new NoData(`no "${share}" pressure of ${resource}`);
            samples.push(family.sample(microseconds / MICROSECONDS_PER_MILLISECOND / MILLISECONDS_PER_SECOND));
          }
        }
        if (samples.length === 0) throw new NoData("the kernel keeps no pressure information");
      });
    },
  };
}

/** A resource's text, or undefined when the kernel does not know the resource. */
function readPressure(path: string): string | undefined {
  try {
    return readTextIfPresent(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // Turned off at boot; of irq also where the kernel does not account interrupt time.
    if (code === "ENOTSUP" || code === "EOPNOTSUPP") throw new NoData(`${path} is turned off`);
    throw error;
  }
}

/** Total time in microseconds in a line of a resource's file; undefined when there is no such line. */
export function parsePressure(text: string, share: Share): number | undefined {
  const start = text.startsWith(`${share} `) ? 0 : text.indexOf(`\n${share} `) + 1;
  if (start === 0 && !text.startsWith(`${share} `)) return undefined;
  const newline = text.indexOf("\n", start);
  const line = text.slice(start, newline < 0 ? text.length : newline);
  const total = line.lastIndexOf(" total=");
  return unsigned(total < 0 ? undefined : line.slice(total + " total=".length), "pressure");
}
