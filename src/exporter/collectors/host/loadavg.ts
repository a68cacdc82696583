import type { Collector } from "../../collector.ts";
import { gauge } from "../../metric.ts";
import { readText } from "./files.ts";
import { fields, quoted } from "./parse.ts";
import type { HostSource } from "./source.ts";

const LOAD1 = gauge("node_load1", "1m load average.");
const LOAD5 = gauge("node_load5", "5m load average.");
const LOAD15 = gauge("node_load15", "15m load average.");

/** Load averages, from `loadavg` in procfs (proc_loadavg(5)). */
export function loadavg(): Collector<HostSource> {
  return {
    name: "loadavg",
    metrics: () => [LOAD1, LOAD5, LOAD15],
    collect({ paths }) {
      const [load1, load5, load15] = parseLoadavg(readText(`${paths.procfs}/loadavg`));
      return [LOAD1.sample(load1), LOAD5.sample(load5), LOAD15.sample(load15)];
    },
  };
}

/** Load averages over 1, 5 and 15 minutes. */
export function parseLoadavg(text: string): [load1: number, load5: number, load15: number] {
  const loads = fields(text).slice(0, 3).map(Number);
  if (loads.length < 3 || loads.some(Number.isNaN)) {
    throw new SyntaxError(`Cannot parse loadavg: found "${quoted(text.trim())}"`);
  }
  return loads as [number, number, number];
}
