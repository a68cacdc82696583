import { type Collector, NoData } from "../../collector.ts";
import { counter, gauge, type Labels, type Metric } from "../../metric.ts";
import { readTextIfPresent } from "./files.ts";
import { VERSION_2, VERSION_3, VERSION_4_SERVER } from "./nfs-procedures.ts";
import { lineOf, Procedures, parseRpc } from "./nfs-rpc.ts";
import type { HostSource } from "./source.ts";

const total = <Name extends string = never>(name: string, help: string, labelNames: readonly Name[] = []) =>
  counter(`node_nfsd_${name}_total`, help, labelNames);

const PACKETS = total("packets", "Total NFSd network packets (sent+received) by protocol type.", ["proto"]);
const ERRORS = total("rpc_errors", "Total number of NFSd RPC errors by error type.", ["error"]);
const REQUESTS = total("requests", "Total number NFSd Requests by method and protocol.", ["proto", "method"]);

/** One number that is reported. */
interface Place {
  readonly at: number;
  readonly metric: Metric;
  readonly labels: Labels<never> | Labels<string>;
}

const place = (at: number, metric: Metric, labels: string = ""): Place => ({
  at,
  metric,
  labels: labels as Labels<never>,
});

/** Numbers that are reported by line, and how many there are in the line. */
const LINES: readonly (readonly [key: string, count: number, places: readonly Place[]])[] = [
  [
    "rc",
    3,
    [
      place(0, total("reply_cache_hits", "Total number of NFSd Reply Cache hits (client lost server response).")),
      place(
        1,
        total(
          "reply_cache_misses",
          "Total number of NFSd Reply Cache an operation that requires caching (idempotent).",
        ),
      ),
      place(
        2,
        total("reply_cache_nocache", "Total number of NFSd Reply Cache non-idempotent operations (rename/delete/…)."),
      ),
    ],
  ],
  ["fh", 5, [place(0, total("file_handles_stale", "Total number of NFSd stale file handles"))]],
  [
    "io",
    2,
    [
      place(0, total("disk_bytes_read", "Total NFSd bytes read.")),
      place(1, total("disk_bytes_written", "Total NFSd bytes written.")),
    ],
  ],
  ["th", 2, [place(0, gauge("node_nfsd_server_threads", "Total number of NFSd kernel threads that are running."))]],
  [
    "ra",
    12,
    [
      place(0, gauge("node_nfsd_read_ahead_cache_size_blocks", "How large the read ahead cache is in blocks.")),
      place(11, total("read_ahead_cache_not_found", "Total number of NFSd read ahead cache not found.")),
    ],
  ],
  [
    "net",
    4,
    [
      place(1, PACKETS, PACKETS.labels({ proto: "udp" })),
      place(2, PACKETS, PACKETS.labels({ proto: "tcp" })),
      place(3, total("connections", "Total number of NFSd TCP connections.")),
    ],
  ],
  [
    "rpc",
    5,
    [
      place(0, total("server_rpcs", "Total number of NFSd RPCs.")),
      place(2, ERRORS, ERRORS.labels({ error: "fmt" })),
      place(3, ERRORS, ERRORS.labels({ error: "auth" })),
      place(4, ERRORS, ERRORS.labels({ error: "cInt" })),
    ],
  ],
  ["wdeleg_getattr", 1, [place(0, REQUESTS, REQUESTS.labels({ proto: "4", method: "WdelegGetattr" }))]],
];

const PROCEDURES = [
  new Procedures(REQUESTS, "proc2", VERSION_2.length, ["", ...VERSION_2.slice(1)]),
  new Procedures(REQUESTS, "proc3", VERSION_3.length, ["", ...VERSION_3.slice(1)]),
  new Procedures(REQUESTS, "proc4ops", VERSION_4_SERVER.length - 1, VERSION_4_SERVER),
];

/** What this host serves as an NFS server, from `net/rpc/nfsd` in procfs, which is there once the server has started. */
export function nfsd(): Collector<HostSource> {
  return {
    name: "nfsd",
    metrics: () => [...new Set([...LINES.flatMap(([, , places]) => places.map(({ metric }) => metric)), REQUESTS])],
    collect({ paths }) {
      const text = readTextIfPresent(`${paths.procfs}/net/rpc/nfsd`);
      if (text === undefined) throw new NoData("This host is no NFS server");
      const lines = parseRpc(text, "net/rpc/nfsd");
      const numbers = LINES.flatMap(([key, count, places]) => {
        const values = lineOf(lines, key, count);
        return places.map(({ at, metric, labels }) => metric.sample(values[at]!, labels));
      });
      return [...numbers, ...PROCEDURES.flatMap((version) => version.samples(lines))];
    },
  };
}
