import type { Collector } from "../../collector.ts";
import { counter, type Metric, type Sample } from "../../metric.ts";
import { Cursor } from "./cursor.ts";
import { namesIn, readText } from "./files.ts";
import { keptMetrics } from "./kept-metrics.ts";
import type { HostSource } from "./source.ts";

type Family = Metric<"subsystem" | "cpu">;

const families = keptMetrics<Family>();

/** Columns that kernels of today have, for the documentation. */
const USUAL_COLUMNS = [
  ...["entries", "allocs", "destroys", "hash_grows", "lookups", "hits", "res_failed", "rcv_probes_mcast"],
  ...["rcv_probes_ucast", "periodic_gc_runs", "forced_gc_runs", "unresolved_discards", "table_fulls", "in_hit"],
  ...["in_slow_tot", "in_slow_mc", "in_no_route", "in_brd", "in_martian_dst", "in_martian_src", "out_hit"],
  ...["out_slow_tot", "out_slow_mc", "gc_total", "gc_ignored", "gc_goal_miss", "gc_dst_overflow", "in_hlist_search"],
  ...["out_hlist_search", "syn_received", "cookie_invalid", "cookie_valid", "cookie_retrans", "conn_reopened"],
  ...["searched", "found", "new", "invalid", "ignore", "delete", "delete_list", "chainlength", "insert"],
  ...["insert_failed", "drop", "early_drop", "icmp_error", "expect_new", "expect_create", "expect_delete"],
  ...["search_restart", "clashres", "chaintoolong"],
];

/** Caches of the network by CPU, from the files in `net/stat` in procfs, whose headings name their columns. */
export function lnstat(): Collector<HostSource> {
  return {
    name: "lnstat",
    metrics: () => USUAL_COLUMNS.map(columnFamily) as readonly Metric[],
    collect({ paths }) {
      const folder = `${paths.procfs}/net/stat`;
      const samples: Sample[] = [];
      for (const subsystem of namesIn(folder)) {
        addTable(samples, new Cursor(readText(`${folder}/${subsystem}`), `net/stat/${subsystem}`), subsystem);
      }
      return samples;
    },
  };
}

function columnFamily(column: string): Family {
  return families(column, () =>
    counter(`node_lnstat_${column}_total`, "linux network cache stats", ["subsystem", "cpu"]),
  );
}

/** A line a CPU. Whether a column is a counter, the kernel does not tell; node_exporter takes all for counters. */
function addTable(samples: Sample[], cursor: Cursor, subsystem: string): void {
  const columns: Family[] = [];
  if (cursor.nextLine()) while (cursor.hasField()) columns.push(columnFamily(cursor.field()));
  for (let cpu = 0; cursor.nextLine(); cpu++) {
    const labels = columns[0]?.labels({ subsystem, cpu: String(cpu) });
    for (const column of columns) if (cursor.hasField()) samples.push(column.sample(cursor.hex(), labels));
    if (cursor.hasField()) throw cursor.error();
  }
}
