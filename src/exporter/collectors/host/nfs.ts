import { type Collector, NoData } from "../../collector.ts";
import { counter } from "../../metric.ts";
import { readTextIfPresent } from "./files.ts";
import { VERSION_2, VERSION_3, VERSION_4_CLIENT } from "./nfs-procedures.ts";
import { lineOf, Procedures, parseRpc } from "./nfs-rpc.ts";
import type { HostSource } from "./source.ts";

const PACKETS = counter("node_nfs_packets_total", "Total NFSd network packets (sent+received) by protocol type.", [
  "protocol",
]);
const CONNECTIONS = counter("node_nfs_connections_total", "Total number of NFSd TCP connections.");
const RPCS = counter("node_nfs_rpcs_total", "Total number of RPCs performed.");
const RETRANSMISSIONS = counter("node_nfs_rpc_retransmissions_total", "Number of RPC transmissions performed.");
const REFRESHES = counter(
  "node_nfs_rpc_authentication_refreshes_total",
  "Number of RPC authentication refreshes performed.",
);
const REQUESTS = counter("node_nfs_requests_total", "Number of NFS procedures invoked.", ["proto", "method"]);

const PROCEDURES = [
  new Procedures(REQUESTS, "proc2", VERSION_2.length, VERSION_2),
  new Procedures(REQUESTS, "proc3", VERSION_3.length, VERSION_3),
  new Procedures(REQUESTS, "proc4", 0, VERSION_4_CLIENT),
];

/** What this host asks of NFS servers, from `net/rpc/nfs` in procfs, which is there once an NFS mount was made. */
export function nfs(): Collector<HostSource> {
  return {
    name: "nfs",
    metrics: () => [PACKETS, CONNECTIONS, RPCS, RETRANSMISSIONS, REFRESHES, REQUESTS],
    collect({ paths }) {
      const text = readTextIfPresent(`${paths.procfs}/net/rpc/nfs`);
      if (text === undefined) throw new NoData("This host is no NFS client");
      const lines = parseRpc(text, "net/rpc/nfs");
      const [, udp, tcp, connections] = lineOf(lines, "net", 4);
      const [rpcs, retransmissions, refreshes] = lineOf(lines, "rpc", 3);
      return [
        PACKETS.sample(udp!, { protocol: "udp" }),
        PACKETS.sample(tcp!, { protocol: "tcp" }),
        CONNECTIONS.sample(connections!),
        RPCS.sample(rpcs!),
        RETRANSMISSIONS.sample(retransmissions!),
        REFRESHES.sample(refreshes!),
        ...PROCEDURES.flatMap((version) => version.samples(lines)),
      ];
    },
  };
}
