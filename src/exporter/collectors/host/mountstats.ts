import type { Collector } from "../../collector.ts";
import type { Sample } from "../../metric.ts";
import { readText } from "./files.ts";
import { parseMountInfo } from "./mountinfo.ts";
import { AGE, BYTES, EVENTS, MOUNT_POINT, OPERATIONS, TRANSPORTS } from "./mountstats-families.ts";
import { type NfsStatistics, parseMountStats } from "./mountstats-text.ts";
import type { HostSource } from "./source.ts";

/** What tells one NFS mount from another. */
interface MountLabels {
  readonly export: string;
  readonly protocol: string;
  readonly mountaddr: string;
}

/** Times and ages start again at this number, as they do in node_exporter: kernels print negative ones as huge. */
const EXACT_INTEGERS = 2n ** 53n;

const IDLE_COLUMN = 4;
/** First column of an operation with a time. */
const TIME_COLUMN = 5;

/** Statistics of NFS mounts, from `self/mountstats` in procfs; addresses of the servers are in `self/mountinfo`. */
export function mountstats(): Collector<HostSource> {
  const optional = EVENTS.flatMap((metric) => metric ?? []);
  return {
    name: "mountstats",
    metrics: () => [MOUNT_POINT, AGE, ...BYTES, ...optional, ...OPERATIONS, ...TRANSPORTS.map(([, metric]) => metric)],
    collect({ paths }) {
      return mountSamples(readText(`${paths.procfs}/self/mountstats`), readText(`${paths.procfs}/self/mountinfo`));
    },
  };
}

/** Samples of the texts of mountstats and mountinfo, once for each export, protocol and address. */
export function mountSamples(mountstats: string, mountinfo: string): Sample[] {
  const infos = parseMountInfo(mountinfo);
  const samples: Sample[] = [];
  const points = new Set<string>();
  const mounts = new Set<string>();
  for (const [i, { device, mountPoint, nfs }] of parseMountStats(mountstats).entries()) {
    const mountaddr = serverAddress(infos[i]?.superOptions ?? "");
    for (const { protocol } of nfs?.transports ?? []) {
      const labels = { export: device, protocol, mountaddr };
      const point = MOUNT_POINT.labels({ ...labels, mountpoint: mountPoint });
      if (!points.has(point)) samples.push(MOUNT_POINT.sample(1, point));
      points.add(point);
      const mount = AGE.labels(labels);
      if (mounts.has(mount)) break;
      mounts.add(mount);
      addMount(samples, nfs!, labels);
    }
  }
  return samples;
}

function serverAddress(options: string): string {
  const values = options.split(",").map((option) => option.split("="));
  return values.findLast(([key]) => key === "addr")?.[1] ?? "";
}

/** What a mount's file does not have is 0, as it is in node_exporter. */
function addMount(samples: Sample[], nfs: NfsStatistics, mount: MountLabels): void {
  const labels = AGE.labels(mount);
  samples.push(AGE.sample(nfs.age, labels));
  for (const [i, metric] of BYTES.entries()) samples.push(metric.sample(Number(nfs.bytes[i] ?? 0n), labels));
  for (const [i, metric] of EVENTS.entries()) {
    if (metric) samples.push(metric.sample(Number(nfs.events[i] ?? 0n), labels));
  }
  for (const [transport, { counts }] of nfs.transports.entries()) {
    const labels = TRANSPORTS[0]![1].labels({ ...mount, transport: String(transport) });
    for (const [column, metric] of TRANSPORTS) {
      const count = counts[column] ?? 0n;
      samples.push(metric.sample(Number(column === IDLE_COLUMN ? count % EXACT_INTEGERS : count), labels));
    }
  }
  for (const { name, counts } of nfs.operations) {
    const labels = OPERATIONS[0]!.labels({ ...mount, operation: name });
    for (const [column, metric] of OPERATIONS.entries()) {
      const count = counts[column] ?? 0n;
      samples.push(metric.sample(column < TIME_COLUMN ? Number(count) : Number(count % EXACT_INTEGERS) / 1000, labels));
    }
  }
}
