import type { Collector } from "../../collector.ts";
import { gauge, type Metric, type Sample } from "../../metric.ts";
import { Cursor } from "./cursor.ts";
import { readTextOrAbsent } from "./files.ts";
import { keptMetrics } from "./kept-metrics.ts";
import { pageBytes } from "./page-size.ts";
import type { HostSource } from "./source.ts";

const USED = gauge("node_sockstat_sockets_used", "Number of IPv4 sockets in use.");

/** Keys that are reported; a line that lacks `inuse` says 0 in node_exporter. */
const KEYS: readonly string[] = ["inuse", "orphan", "tw", "alloc", "mem", "memory"];

const families = keptMetrics<Metric<never>>();

/** Family of a protocol and a key, such as `TCP_inuse`. */
function familyOf(name: string): Metric<never> {
  return families(name, () => {
    const at = name.lastIndexOf("_", name.endsWith("_mem_bytes") ? name.length - "_bytes".length - 1 : undefined);
    return gauge(`node_sockstat_${name}`, `Number of ${name.slice(0, at)} sockets in state ${name.slice(at + 1)}.`);
  });
}

/** What kernels of today have, for the documentation. */
const USUAL_NAMES = [
  ...["TCP_inuse", "TCP_orphan", "TCP_tw", "TCP_alloc", "TCP_mem", "TCP_mem_bytes", "UDP_inuse", "UDP_mem"],
  ...["UDP_mem_bytes", "UDPLITE_inuse", "RAW_inuse", "FRAG_inuse", "FRAG_memory", "TCP6_inuse", "UDP6_inuse"],
  ...["UDPLITE6_inuse", "RAW6_inuse", "FRAG6_inuse", "FRAG6_memory"],
];

/** Sockets by protocol, from `net/sockstat` and `net/sockstat6` in procfs. Either is missing where its protocol is off. */
export function sockstat(): Collector<HostSource> {
  return {
    name: "sockstat",
    metrics: () => [USED, ...USUAL_NAMES.map(familyOf)],
    collect({ paths }) {
      const samples: Sample[] = [];
      for (const file of ["net/sockstat", "net/sockstat6"]) {
        const text = readTextOrAbsent(`${paths.procfs}/${file}`);
        if (text !== undefined) addSockstat(samples, new Cursor(text, file));
      }
      return samples;
    },
  };
}

/** Samples of lines such as `TCP: inuse 5 orphan 0`. */
function addSockstat(samples: Sample[], cursor: Cursor): void {
  while (cursor.nextLine()) {
    const protocol = cursor.before(":");
    if (protocol === undefined || protocol === "" || !cursor.hasField()) throw cursor.error();
    const family = (key: string) => familyOf(`${protocol}_${key}`);
    const isTotal = protocol === "sockets";
    let hasInuse = isTotal;
    while (cursor.hasField()) {
      const key = cursor.field();
      const value = cursor.integer();
      if (isTotal && key === "used") samples.push(USED.sample(value));
      if (isTotal || !KEYS.includes(key)) continue;
      hasInuse ||= key === "inuse";
      samples.push(family(key).sample(value));
      if (key === "mem") samples.push(family("mem_bytes").sample(value * pageBytes()));
    }
    if (!hasInuse) samples.push(family("inuse").sample(0));
  }
}
