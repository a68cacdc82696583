import type { Collector } from "../../collector.ts";
import type { Labels, Metric, Sample } from "../../metric.ts";
import {
  type Attribute,
  CACHE,
  type Cache,
  DEVICE,
  type Device,
  DIRTY,
  PRIORITY,
  READAHEADS,
  SET,
  WRITEBACK,
} from "./bcache-families.ts";
import { parsePriorityStats, parseSize, parseWritebackRate } from "./bcache-text.ts";
import { namesIn, readText } from "./files.ts";
import type { Settings } from "./settings.ts";
import { switchSetting } from "./settings.ts";
import type { HostSource } from "./source.ts";
import { attributeIfPresent, listedAttribute } from "./sysfs.ts";

/** Settings of {@linkcode bcache}. */
export const bcacheSettings = {
  "collector.bcache.priorityStats": switchSetting(
    false,
    "Export node_bcache_priority_stats_*, which are expensive to read",
  ),
};

/** Caches of block devices by bcache, from sysfs. What a kernel lacks is absent. */
export function bcache(settings: Settings<typeof bcacheSettings>): Collector<HostSource> {
  const withPriority = settings["collector.bcache.priorityStats"];
  return {
    name: "bcache",
    metrics: () => [
      ...[...SET, ...DEVICE, ...CACHE].map(([, metric]) => metric as Metric),
      ...[DIRTY, ...Object.values(WRITEBACK), READAHEADS],
      ...(withPriority ? Object.values(PRIORITY) : []),
    ],
    collect({ paths }) {
      const folder = `${paths.sysfs}/fs/bcache`;
      const samples: Sample[] = [];
      for (const uuid of namesIn(folder)) {
        if (!uuid.includes("-")) continue;
        const set = `${folder}/${uuid}`;
        addAttributes(samples, set, SET, SET[0]![1].labels({ uuid }));
        for (const name of namesIn(set)) {
          const device = `${set}/${name}`;
          if (/^bdev\d/.test(name)) addDevice(samples, device, DIRTY.labels({ uuid, backing_device: name }));
          if (!/^cache\d/.test(name)) continue;
          const labels = CACHE[0]![1].labels({ uuid, cache_device: name });
          addAttributes(samples, device, CACHE, labels);
          if (withPriority) addPriority(samples, `${device}/priority_stats`, labels);
        }
      }
      return samples;
    },
  };
}

function addAttributes<Name extends string>(
  samples: Sample[],
  folder: string,
  attributes: readonly Attribute<Name>[],
  labels: Labels<Name>,
): void {
  for (const [file, metric, scale = 1] of attributes) {
    const value = sizeIn(`${folder}/${file}`);
    if (value !== undefined) samples.push(metric.sample(value * scale, labels));
  }
}

function sizeIn(path: string): number | undefined {
  const text = listedAttribute(path);
  return text === undefined ? undefined : parseSize(text, path);
}

function addDevice(samples: Sample[], folder: string, labels: Labels<Device>): void {
  const dirty = sizeIn(`${folder}/dirty_data`);
  if (dirty !== undefined) samples.push(DIRTY.sample(dirty, labels));
  const path = `${folder}/writeback_rate_debug`;
  const rates = parseWritebackRate(readText(path), path);
  for (const [key, metric] of Object.entries(WRITEBACK)) {
    const value = rates[key as keyof typeof WRITEBACK];
    if (value !== undefined) samples.push(metric.sample(value, labels));
  }
  addAttributes(samples, `${folder}/stats_total`, DEVICE, labels);
  // Newer kernels do no readahead here.
  const readaheads = attributeIfPresent(`${folder}/stats_total/cache_readaheads`) ?? "0";
  if (readaheads !== "0")
    samples.push(READAHEADS.sample(parseSize(readaheads, `${folder}/stats_total/cache_readaheads`), labels));
}

function addPriority(samples: Sample[], path: string, labels: Labels<Cache>): void {
  const stats = parsePriorityStats(readText(path), path);
  for (const [key, metric] of Object.entries(PRIORITY)) {
    const value = stats[key as keyof typeof PRIORITY];
    if (value !== undefined) samples.push(metric.sample(value, labels));
  }
}
