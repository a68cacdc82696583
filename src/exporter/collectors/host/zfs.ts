import { existsSync, readdirSync } from "node:fs";
import { type Collector, NoData } from "../../collector.ts";
import { gauge, type Labels, type Metric, type Sample, unknown } from "../../metric.ts";
import { namesIn } from "./files.ts";
import { filled } from "./filled.ts";
import { keptMetrics } from "./kept-metrics.ts";
import { forEachKstat, type KstatType, parsePoolIo } from "./kstat.ts";
import type { HostSource } from "./source.ts";
import { listedAttribute, readableAttribute } from "./sysfs.ts";

/** Part of the families' names by the file that they come from. */
const SUBSYSTEMS = [
  ["abdstats", "zfs_abd"],
  ["arcstats", "zfs_arc"],
  ["dbufstats", "zfs_dbuf"],
  ["dmu_tx", "zfs_dmu_tx"],
  ["dnodestats", "zfs_dnode"],
  ["fm", "zfs_fm"],
  ["vdev_cache_stats", "zfs_vdev_cache"],
  ["vdev_mirror_stats", "zfs_vdev_mirror"],
  ["xuio_stats", "zfs_xuio"],
  ["zfetchstats", "zfs_zfetch"],
  ["zil", "zfs_zil"],
] as const;

const INTEGERS: readonly KstatType[] = ["int64", "uint64"];
const COUNTS: readonly KstatType[] = ["uint64"];

const POOL_STATES = ["online", "degraded", "faulted", "offline", "removed", "unavail", "suspended"];

const STATE = gauge("node_zfs_zpool_state", "kstat.zfs.misc.state", ["zpool", "state"]);

const ofHost = keptMetrics<Metric<never>>();
const ofPools = keptMetrics<Metric<"zpool">>();
const ofDatasets = keptMetrics<Metric<"zpool" | "dataset">>();

/** Name of a family for a statistic, whose own name may have a path before it. */
function familyName(subsystem: string, key: string): string {
  return `node_${subsystem}_${key.slice(key.lastIndexOf(".") + 1).replaceAll("-", "_")}`;
}

/**
 * Statistics of ZFS, its pools and its datasets, from the kernel module's files in procfs. The families follow the files;
 * which of them are counters, the files do not say.
 */
export function zfs(): Collector<HostSource> {
  return {
    name: "zfs",
    metrics: () => [STATE],
    collect({ paths }) {
      const folder = `${paths.procfs}/spl/kstat/zfs`;
      if (!existsSync(folder)) throw new NoData("no ZFS");
      return filled((samples) => {
        for (const [file, subsystem] of SUBSYSTEMS) addSubsystem(samples, `${folder}/${file}`, { file, subsystem });
        for (const pool of foldersIn(folder)) addPool(samples, `${folder}/${pool}`, pool);
      });
    },
  };
}

function foldersIn(path: string): string[] {
  const entries = readdirSync(path, { withFileTypes: true });
  return entries
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort();
}

/** Versions of ZFS have different files, and may let root alone read some. */
function addSubsystem(samples: Sample[], path: string, names: { file: string; subsystem: string }): void {
  const text = readableAttribute(path);
  if (text === undefined) return;
  forEachKstat(text, { path, types: INTEGERS }, (name, value) => {
    const key = `kstat.zfs.misc.${names.file}.${name}`;
    const metric = ofHost(key, () => unknown(familyName(names.subsystem, key), key));
    samples.push(metric.sample(value));
  });
}

function addPool(samples: Sample[], folder: string, zpool: string): void {
  const labels = poolLabels(zpool);
  for (const file of namesIn(folder)) {
    const path = `${folder}/${file}`;
    if (file === "io") addPoolIo(samples, path, labels);
    else if (file === "state") addPoolState(samples, path, zpool);
    else if (file.startsWith("objset-")) addDataset(samples, path, zpool);
  }
}

function poolLabels(zpool: string): Labels<"zpool"> {
  return ofPools("any", () => unknown("node_zfs_zpool_any", "", ["zpool"])).labels({ zpool });
}

function addPoolIo(samples: Sample[], path: string, labels: Labels<"zpool">): void {
  for (const [name, value] of parsePoolIo(listedAttribute(path) ?? "", path)) {
    const key = `kstat.zfs.misc.io.${name}`;
    const metric = ofPools(key, () => unknown(familyName("zfs_zpool", key), key, ["zpool"]));
    samples.push(metric.sample(value, labels));
  }
}

function addPoolState(samples: Sample[], path: string, zpool: string): void {
  const current = listedAttribute(path)?.split("\n", 1)[0]?.toLowerCase();
  if (current === undefined) return;
  for (const state of POOL_STATES) samples.push(STATE.sample(Number(state === current), { zpool, state }));
}

/** The first statistic of a dataset is its name. */
function addDataset(samples: Sample[], path: string, zpool: string): void {
  const text = listedAttribute(path);
  if (text === undefined) return;
  let labels: Labels<"zpool" | "dataset"> | undefined;
  forEachKstat(text, { path, types: COUNTS }, (name, value) => {
    const key = `kstat.zfs.misc.objset.${name}`;
    const metric = ofDatasets(key, () => unknown(familyName("zfs_zpool_dataset", key), key, ["zpool", "dataset"]));
    labels ??= metric.labels({ zpool, dataset: datasetName(text) });
    samples.push(metric.sample(value, labels));
  });
}

function datasetName(text: string): string {
  return /^dataset_name\s+\d+\s+(.*)$/m.exec(text)?.[1] ?? "";
}
