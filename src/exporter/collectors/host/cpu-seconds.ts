import { counter, type Labels, type Sample } from "../../metric.ts";
import { CPU_MODES } from "./proc-stat.ts";

const SECONDS = counter("node_cpu_seconds_total", "Seconds the CPUs spent in each mode.", ["cpu", "mode"]);
const GUEST_SECONDS = counter("node_cpu_guest_seconds_total", "Seconds the CPUs spent in guests (VMs) for each mode.", [
  "cpu",
  "mode",
]);

/** Families that {@linkcode cpuSecondsReader} yields. */
export const CPU_SECONDS_METRICS = [SECONDS, GUEST_SECONDS];

/** Idle time that goes back by this much is a CPU that was taken away and plugged in again, so its counters restart. */
const HOTPLUG_JUMP_SECONDS = 3;

const MODES = CPU_MODES.slice(0, 8);
const IDLE = CPU_MODES.indexOf("idle");
const GUEST = CPU_MODES.indexOf("guest");

type CpuLabels = Labels<"cpu" | "mode">;

/** A CPU between scrapes: its counters, which must not go back, and the label blocks of its series by mode. */
interface Cpu {
  seconds: readonly number[];
  readonly labels: readonly CpuLabels[];
}

/**
 * A function from seconds by CPU to samples, with a memory: the kernel's idle and iowait counters go back now and then
 * (proc_stat(5)), which a counter must not.
 */
export function cpuSecondsReader({ withGuest }: { withGuest: boolean }) {
  const cpus = new Map<string, Cpu>();
  return (current: ReadonlyMap<string, readonly number[]>): Sample[] => {
    for (const number of cpus.keys()) if (!current.has(number)) cpus.delete(number);
    const samples: Sample[] = [];
    for (const [number, seconds] of current) {
      const cpu = cpus.get(number) ?? { seconds: [], labels: labelsOf(number) };
      cpus.set(number, cpu);
      cpu.seconds = withoutStepsBack(cpu.seconds, seconds);
      pushSamples(samples, cpu, withGuest);
    }
    return samples;
  };
}

/** `next`, in which values lower than their `previous` ones are replaced by these, unless the CPU was plugged in again. */
export function withoutStepsBack(previous: readonly number[], next: readonly number[]): readonly number[] {
  const wasPlugged = (previous[IDLE] ?? 0) - (next[IDLE] ?? 0) >= HOTPLUG_JUMP_SECONDS;
  return wasPlugged ? next : next.map((value, i) => Math.max(value, previous[i] ?? 0));
}

function labelsOf(cpu: string): CpuLabels[] {
  return MODES.map((mode) => SECONDS.labels({ cpu, mode }));
}

function pushSamples(samples: Sample[], { seconds, labels }: Cpu, withGuest: boolean): void {
  for (let i = 0; i < MODES.length; i++) samples.push(SECONDS.sample(seconds[i]!, labels[i]));
  if (!withGuest) return;
  // The modes of guests, user and nice, are the first two modes.
  for (let i = 0; i < 2; i++) samples.push(GUEST_SECONDS.sample(seconds[GUEST + i]!, labels[i]));
}
