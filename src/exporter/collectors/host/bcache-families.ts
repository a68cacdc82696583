import { counter, gauge, type Metric } from "../../metric.ts";

/** Family and scale of a file. */
export type Attribute<Name extends string> = readonly [file: string, metric: Metric<Name>, scale?: number];
/** Labels of a backing device. */
export type Device = "uuid" | "backing_device";
/** Labels of a cache device. */
export type Cache = "uuid" | "cache_device";

const ofSet = (name: string, help: string) => gauge(`node_bcache_${name}`, help, ["uuid"]);
const ofDevice = (name: string, help: string) => gauge(`node_bcache_${name}`, help, ["uuid", "backing_device"]);
const ofCache = (name: string, help: string) => gauge(`node_bcache_${name}`, help, ["uuid", "cache_device"]);
const deviceTotal = (name: string, help: string) =>
  counter(`node_bcache_${name}_total`, help, ["uuid", "backing_device"]);
const cacheTotal = (name: string, help: string) => counter(`node_bcache_${name}_total`, help, ["uuid", "cache_device"]);

/** Files of a cache set (the kernel's Documentation/admin-guide/bcache.rst). */
export const SET: readonly Attribute<"uuid">[] = [
  ["average_key_size", ofSet("average_key_size_sectors", "Average data per key in the btree (sectors).")],
  ["btree_cache_size", ofSet("btree_cache_size_bytes", "Amount of memory currently used by the btree cache.")],
  [
    "cache_available_percent",
    ofSet(
      "cache_available_percent",
      "Percentage of cache device without dirty data, usable for writeback (may contain clean cached data).",
    ),
  ],
  ["congested", ofSet("congested", "Congestion.")],
  [
    "root_usage_percent",
    ofSet("root_usage_percent", "Percentage of the root btree node in use (tree depth increases if too high)."),
  ],
  ["tree_depth", ofSet("tree_depth", "Depth of the btree.")],
  [
    "internal/active_journal_entries",
    ofSet("active_journal_entries", "Number of journal entries that are newer than the index."),
  ],
  ["internal/btree_nodes", ofSet("btree_nodes", "Total nodes in the btree.")],
  [
    "internal/btree_read_average_duration_us",
    ofSet("btree_read_average_duration_seconds", "Average btree read duration."),
    1e-9, // as if it were nanoseconds, which is node_exporter's mistake and its users' number
  ],
  [
    "internal/cache_read_races",
    counter(
      "node_bcache_cache_read_races_total",
      "Counts instances where while data was being read from the cache, the bucket was reused and invalidated - i.e. where the pointer was stale after the read completed.",
      ["uuid"],
    ),
  ],
];

/** Of a backing device's file `dirty_data`. */
export const DIRTY = ofDevice("dirty_data_bytes", "Amount of dirty data for this backing device in the cache.");

/** Families of the lines of a backing device's `writeback_rate_debug`. */
export const WRITEBACK = {
  target: ofDevice("dirty_target_bytes", "Current dirty data target threshold for this backing device in bytes."),
  rate: ofDevice("writeback_rate", "Current writeback rate for this backing device in bytes."),
  proportional: ofDevice(
    "writeback_rate_proportional_term",
    "Current result of proportional controller, part of writeback rate",
  ),
  integral: ofDevice("writeback_rate_integral_term", "Current result of integral controller, part of writeback rate"),
  change: ofDevice("writeback_change", "Last writeback rate change step for this backing device."),
};

/** Files of a backing device's `stats_total`. */
export const DEVICE: readonly Attribute<Device>[] = [
  ["bypassed", deviceTotal("bypassed_bytes", "Amount of IO (both reads and writes) that has bypassed the cache.")],
  ["cache_hits", deviceTotal("cache_hits", "Hits counted per individual IO as bcache sees them.")],
  ["cache_misses", deviceTotal("cache_misses", "Misses counted per individual IO as bcache sees them.")],
  ["cache_bypass_hits", deviceTotal("cache_bypass_hits", "Hits for IO intended to skip the cache.")],
  ["cache_bypass_misses", deviceTotal("cache_bypass_misses", "Misses for IO intended to skip the cache.")],
  [
    "cache_miss_collisions",
    deviceTotal(
      "cache_miss_collisions",
      "Instances where data insertion from cache miss raced with write (data already present).",
    ),
  ],
];

/** Of a backing device's file `cache_readaheads`, which new kernels lack. */
export const READAHEADS = deviceTotal("cache_readaheads", "Count of times readahead occurred.");

/** Files of a cache device. */
export const CACHE: readonly Attribute<Cache>[] = [
  ["io_errors", ofCache("io_errors", "Number of errors that have occurred, decayed by io_error_halflife.")],
  [
    "metadata_written",
    cacheTotal("metadata_written_bytes", "Sum of all non data writes (btree writes and all other metadata)."),
  ],
  ["written", cacheTotal("written_bytes", "Sum of all data that has been written to the cache.")],
];

/** Families of the lines of a cache device's `priority_stats`. */
export const PRIORITY = {
  Unused: ofCache("priority_stats_unused_percent", "The percentage of the cache that doesn't contain any data."),
  Metadata: ofCache("priority_stats_metadata_percent", "Bcache's metadata overhead."),
};
