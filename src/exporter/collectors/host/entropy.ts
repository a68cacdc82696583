import type { Collector } from "../../collector.ts";
import { gauge } from "../../metric.ts";
import { readText } from "./files.ts";
import { unsigned } from "./parse.ts";
import type { HostSource } from "./source.ts";

const AVAILABLE = gauge("node_entropy_available_bits", "Bits of available entropy.");
const POOL_SIZE = gauge("node_entropy_pool_size_bits", "Bits of entropy pool.");

/** The kernel's random number generator, from `sys/kernel/random` in procfs (random(4)). */
export function entropy(): Collector<HostSource> {
  return {
    name: "entropy",
    metrics: () => [AVAILABLE, POOL_SIZE],
    collect({ paths }) {
      const folder = `${paths.procfs}/sys/kernel/random`;
      return [
        AVAILABLE.sample(unsigned(readText(`${folder}/entropy_avail`).trim(), "entropy_avail")),
        POOL_SIZE.sample(unsigned(readText(`${folder}/poolsize`).trim(), "poolsize")),
      ];
    },
  };
}
