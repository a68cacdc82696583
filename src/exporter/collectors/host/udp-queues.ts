import { type Collector, NoData } from "../../collector.ts";
import { gauge } from "../../metric.ts";
import { readTextOrAbsent } from "./files.ts";
import { filled } from "./filled.ts";
import { sumSockets } from "./sockets.ts";
import type { HostSource } from "./source.ts";

const QUEUES = gauge("node_udp_queues", "Number of allocated memory in the kernel for UDP datagrams in bytes.", [
  "queue",
  "ip",
]);

const FILES = (["v4", "v6"] as const).map((ip) => ({
  file: ip === "v4" ? "udp" : "udp6",
  transmit: QUEUES.labels({ queue: "tx", ip }),
  receive: QUEUES.labels({ queue: "rx", ip }),
}));

/** Bytes that wait in UDP sockets, from `net/udp` and `net/udp6` in procfs. A host with neither has no data. */
export function udpQueues(): Collector<HostSource> {
  return {
    name: "udp_queues",
    metrics: () => [QUEUES],
    collect({ paths }) {
      return filled((samples) => {
        for (const { file, transmit, receive } of FILES) {
          const text = readTextOrAbsent(`${paths.procfs}/net/${file}`);
          if (text === undefined) continue;
          const { transmitBytes, receiveBytes } = sumSockets(text, `net/${file}`);
          samples.push(QUEUES.sample(transmitBytes, transmit), QUEUES.sample(receiveBytes, receive));
        }
        if (samples.length === 0) throw new NoData("The kernel has no UDP");
      });
    },
  };
}
