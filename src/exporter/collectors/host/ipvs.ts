import * as z from "zod/mini";
import { type Collector, NoData } from "../../collector.ts";
import { counter, gauge, type Labels, labelBlock } from "../../metric.ts";
import { Cursor } from "./cursor.ts";
import { readText, readTextIfPresent } from "./files.ts";
import { filled } from "./filled.ts";
import { type Backend, parseBackends } from "./ipvs-backends.ts";
import type { Settings } from "./settings.ts";
import type { HostSource } from "./source.ts";

const LABELS = ["local_address", "local_port", "remote_address", "remote_port", "proto", "local_mark"] as const;
type Label = (typeof LABELS)[number];

/** Settings of {@linkcode ipvs}. */
export const ipvsSettings = {
  "collector.ipvs.backend-labels": z
    .pipe(z._default(z.string(), LABELS.join(",")), z.transform(parseLabels))
    .register(z.globalRegistry, {
      description: "Labels of the backends' series, separated by commas",
      placeholder: "LABELS",
    }),
};

function parseLabels(text: string, context: z.core.ParsePayload): readonly Label[] {
  const names = new Set(text.split(",").filter((name) => name !== ""));
  const unknown = [...names].filter((name) => !(LABELS as readonly string[]).includes(name));
  if (unknown.length > 0) {
    const message = `unknown IPVS backend labels ${unknown.join(", ")}: known are ${LABELS.join(", ")}`;
    context.issues.push({ code: "custom", message, input: text });
    return z.NEVER;
  }
  return LABELS.filter((label) => names.has(label));
}

/** Families of the columns of `ip_vs_stats`. */
const TOTALS = [
  counter("node_ipvs_connections_total", "The total number of connections made."),
  counter("node_ipvs_incoming_packets_total", "The total number of incoming packets."),
  counter("node_ipvs_outgoing_packets_total", "The total number of outgoing packets."),
  counter("node_ipvs_incoming_bytes_total", "The total amount of incoming data."),
  counter("node_ipvs_outgoing_bytes_total", "The total amount of outgoing data."),
];

/** The kernel's virtual server and its backends, from `net/ip_vs_stats` and `net/ip_vs` in procfs. */
export function ipvs(settings: Settings<typeof ipvsSettings>): Collector<HostSource> {
  const labelNames = settings["collector.ipvs.backend-labels"].toSorted();
  const backend = (name: string, help: string) => gauge<Label>(`node_ipvs_backend_${name}`, help, labelNames);
  const active = backend("connections_active", "The current active connections by local and remote address.");
  const inactive = backend("connections_inactive", "The current inactive connections by local and remote address.");
  const weight = backend("weight", "The current backend weight by local and remote address.");
  return {
    name: "ipvs",
    metrics: () => [...TOTALS, active, inactive, weight],
    collect({ paths }) {
      const text = readTextIfPresent(`${paths.procfs}/net/ip_vs_stats`);
      if (text === undefined) throw new NoData("The kernel's virtual server is not loaded");
      return filled((samples) => {
        samples.push(...parseIpvsStats(text).map((value, i) => TOTALS[i]!.sample(value)));
        const backends = parseBackends(readText(`${paths.procfs}/net/ip_vs`));
        for (const [labels, sum] of sums(backends, labelNames)) {
          samples.push(active.sample(sum.active, labels), inactive.sample(sum.inactive, labels));
          samples.push(weight.sample(sum.weight, labels));
        }
      });
    },
  };
}

/** The five numbers of a text such as `ip_vs_stats`: two lines of heading, then the numbers in hexadecimal. */
export function parseIpvsStats(text: string): number[] {
  const cursor = new Cursor(text, "net/ip_vs_stats");
  for (let i = 0; i < 3; i++) if (!cursor.nextLine()) throw cursor.error();
  const values = TOTALS.map(() => cursor.hex());
  if (cursor.hasField()) throw cursor.error();
  return values;
}

/** Numbers of the backends that are the same by the labels that are wanted. */
function sums(backends: readonly Backend[], labelNames: readonly Label[]): Map<Labels<Label>, Backend["counts"]> {
  const found = new Map<Labels<Label>, Backend["counts"]>();
  for (const { labels, counts } of backends) {
    const block = labelBlock(labelNames.map((name) => [name, labels[name]])) as Labels<Label>;
    const { active = 0, inactive = 0, weight = 0 } = found.get(block) ?? {};
    found.set(block, {
      active: active + counts.active,
      inactive: inactive + counts.inactive,
      weight: weight + counts.weight,
    });
  }
  return found;
}
