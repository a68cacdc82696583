import { type Collector, NoData } from "../../collector.ts";
import { counter, gauge, type Sample } from "../../metric.ts";
import { readTextIfPresent } from "./files.ts";
import { fields, quoted, unsigned } from "./parse.ts";
import type { HostSource } from "./source.ts";

const DEVICE = ["device"] as const;
const total = (name: string, help: string) => counter(`node_drbd_${name}_total`, help, DEVICE);
const level = (name: string, help: string) => gauge(`node_drbd_${name}`, help, DEVICE);

/** Family and factor of each key with a number, in the units that node_exporter takes the file to have. */
const NUMBERS = {
  ns: [total("network_sent_bytes", "Total number of bytes sent via the network."), 1024],
  nr: [total("network_received_bytes", "Total number of bytes received via the network."), 1],
  dw: [total("disk_written_bytes", "Net data written on local hard disk; in bytes."), 1024],
  dr: [total("disk_read_bytes", "Net data read from local hard disk; in bytes."), 1024],
  al: [total("activitylog_writes", "Number of updates of the activity log area of the meta data."), 1],
  bm: [total("bitmap_writes", "Number of updates of the bitmap area of the meta data."), 1],
  lo: [level("local_pending", "Number of open requests to the local I/O sub-system."), 1],
  pe: [
    level("remote_pending", "Number of requests sent to the peer, but that have not yet been answered by the latter."),
    1,
  ],
  ua: [
    level(
      "remote_unacknowledged",
      "Number of requests received by the peer via the network connection, but that have not yet been answered.",
    ),
    1,
  ],
  ap: [
    level("application_pending", "Number of block I/O requests forwarded to DRBD, but not yet answered by DRBD."),
    1,
  ],
  ep: [level("epochs", "Number of Epochs currently on the fly."), 1],
  oos: [level("out_of_sync_bytes", "Amount of data known to be out of sync; in bytes."), 1024],
} as const;

const SIDES = ["device", "node"] as const;

/** Family of each key that says something of both sides, and what is good. */
const PAIRS = {
  ro: [
    gauge("node_drbd_node_role_is_primary", "Whether the role of the node is in the primary state.", SIDES),
    "Primary",
  ],
  ds: [gauge("node_drbd_disk_state_is_up_to_date", "Whether the disk of the node is up to date.", SIDES), "UpToDate"],
} as const;

const CONNECTED = level("connected", "Whether DRBD is connected to the peer.");

/** Mirrored block devices, from `drbd` in procfs, which DRBD 8 has (drbdadm(8)). */
export function drbd(): Collector<HostSource> {
  return {
    name: "drbd",
    metrics: () => [
      ...Object.values(NUMBERS).map(([metric]) => metric),
      ...Object.values(PAIRS).map(([pair]) => pair),
      CONNECTED,
    ],
    collect({ paths }) {
      const text = readTextIfPresent(`${paths.procfs}/drbd`);
      if (text === undefined) throw new NoData("no DRBD");
      return drbdSamples(text);
    },
  };
}

/** Samples of words such as `ns:12`; `1:` begins a device. Words of other kinds are skipped. */
export function drbdSamples(text: string): Sample[] {
  const samples: Sample[] = [];
  let device = "unknown";
  for (const word of fields(text)) {
    const [key = "", value, ...more] = word.split(":");
    if (value === undefined || more.length > 0) continue;
    if (value === "" && /^\d+$/.test(key)) device = `drbd${Number(key)}`;
    else if (Object.hasOwn(NUMBERS, key)) {
      const [metric, factor] = NUMBERS[key as keyof typeof NUMBERS];
      samples.push(metric.sample(unsigned(value, "drbd") * factor, { device }));
    } else if (Object.hasOwn(PAIRS, key)) {
      const [metric, good] = PAIRS[key as keyof typeof PAIRS];
      const [local, remote] = value.split("/");
      if (remote === undefined) throw new SyntaxError(`Cannot parse drbd: found "${quoted(word)}"`);
      samples.push(metric.sample(Number(local === good), { device, node: "local" }));
      samples.push(metric.sample(Number(remote === good), { device, node: "remote" }));
    } else if (key === "cs") samples.push(CONNECTED.sample(Number(value === "Connected"), { device }));
  }
  return samples;
}
