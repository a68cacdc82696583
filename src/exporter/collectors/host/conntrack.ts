import { type Collector, NoData } from "../../collector.ts";
import { gauge, type Metric } from "../../metric.ts";
import { Cursor } from "./cursor.ts";
import { readTextOrAbsent } from "./files.ts";
import { filled } from "./filled.ts";
import type { HostSource } from "./source.ts";

const ENTRIES = gauge(
  "node_nf_conntrack_entries",
  "Number of currently allocated flow entries for connection tracking.",
);
const LIMIT = gauge("node_nf_conntrack_entries_limit", "Maximum size of connection tracking table.");

const statistic = (name: string, help: string) => gauge(`node_nf_conntrack_stat_${name}`, help);

/** Families of the columns of `nf_conntrack` that are reported, by column. */
const COLUMNS: ReadonlyMap<number, Metric<never>> = new Map([
  [2, statistic("found", "Number of searched entries which were successful.")],
  [4, statistic("invalid", "Number of packets seen which can not be tracked.")],
  [5, statistic("ignore", "Number of packets seen which are already connected to a conntrack entry.")],
  [8, statistic("insert", "Number of entries inserted into the list.")],
  [9, statistic("insert_failed", "Number of entries for which list insertion was attempted but failed.")],
  [10, statistic("drop", "Number of packets dropped due to conntrack failure.")],
  [
    11,
    statistic(
      "early_drop",
      "Number of dropped conntrack entries to make room for new ones, if maximum table size was reached.",
    ),
  ],
  [
    16,
    statistic(
      "search_restart",
      "Number of conntrack table lookups which had to be restarted due to hashtable resizes.",
    ),
  ],
]);

/** Columns of kernels before 2.6.35, which do not count restarts. */
const FEWEST_COLUMNS = 16;
const MOST_COLUMNS = 17;

/**
 * Connection tracking, from `sys/net/netfilter` and `net/stat/nf_conntrack` in procfs. The latter is summed over the
 * CPUs; a kernel that is built without it (`NF_CONNTRACK_PROCFS`) leaves the size of the table and its limit, which is no
 * success in node_exporter.
 */
export function conntrack(): Collector<HostSource> {
  return {
    name: "conntrack",
    metrics: () => [ENTRIES, LIMIT, ...COLUMNS.values()],
    collect({ paths: { procfs } }) {
      return filled((samples) => {
        samples.push(ENTRIES.sample(readSize(`${procfs}/sys/net/netfilter/nf_conntrack_count`)));
        samples.push(LIMIT.sample(readSize(`${procfs}/sys/net/netfilter/nf_conntrack_max`)));
        const totals = parseConntrack(readTextOrNoData(`${procfs}/net/stat/nf_conntrack`));
        for (const [column, metric] of COLUMNS) samples.push(metric.sample(totals[column]!));
      });
    },
  };
}

function readSize(path: string): number {
  const cursor = new Cursor(readTextOrNoData(path), path);
  cursor.nextLine();
  return cursor.unsigned();
}

function readTextOrNoData(path: string): string {
  const text = readTextOrAbsent(path);
  if (text === undefined) throw new NoData(`Connection tracking is not loaded, or not to be seen: no ${path}`);
  return text;
}

/** Columns of a text such as `net/stat/nf_conntrack`, summed over its lines. */
function parseConntrack(text: string): number[] {
  const totals = Array<number>(MOST_COLUMNS).fill(0);
  const cursor = new Cursor(text, "net/stat/nf_conntrack");
  cursor.nextLine(); // the heading
  while (cursor.nextLine()) {
    let column = 0;
    for (; column < MOST_COLUMNS && cursor.hasField(); column++) totals[column]! += cursor.hex();
    if (column < FEWEST_COLUMNS || cursor.hasField()) throw cursor.error();
  }
  return totals;
}
