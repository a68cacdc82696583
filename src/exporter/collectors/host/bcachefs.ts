import { type Collector, NoData } from "../../collector.ts";
import { counter, gauge, type Metric, type Sample } from "../../metric.ts";
import { parseCounter, parseErrors, parseHumanSize, parseIoDone, parseIoErrors, tableRows } from "./bcachefs-text.ts";
import { namesIn, readTextIfPresent } from "./files.ts";
import { keptMetrics } from "./kept-metrics.ts";
import { unsigned } from "./parse.ts";
import type { HostSource } from "./source.ts";
import { attributeIfPresent, listedAttribute } from "./sysfs.ts";

const INFO = gauge("node_bcachefs_info", "Filesystem information.", ["uuid"]);
const CACHE = gauge("node_bcachefs_btree_cache_size_bytes", "Btree cache memory usage in bytes.", ["uuid"]);
const COMPRESSED = gauge("node_bcachefs_compression_compressed_bytes", "Compressed size by algorithm.", [
  "uuid",
  "algorithm",
]);
const UNCOMPRESSED = gauge("node_bcachefs_compression_uncompressed_bytes", "Uncompressed size by algorithm.", [
  "uuid",
  "algorithm",
]);
const ERRORS = counter("node_bcachefs_errors_total", "Error count by error type.", ["uuid", "error_type"]);
const WRITES = counter("node_bcachefs_btree_writes_total", "Number of btree writes by type.", ["uuid", "type"]);
const WRITE_SIZE = gauge("node_bcachefs_btree_write_average_size_bytes", "Average btree write size by type.", [
  "uuid",
  "type",
]);
const DEVICE_INFO = gauge("node_bcachefs_device_info", "Device information.", ["uuid", "device", "label", "state"]);

const ofDevice = (name: string, help: string) => gauge(`node_bcachefs_device_${name}`, help, ["uuid", "device"]);

const BUCKET_SIZE = ofDevice("bucket_size_bytes", "Bucket size in bytes.");
const BUCKETS = ofDevice("buckets", "Total number of buckets.");
const DURABILITY = ofDevice("durability", "Device durability setting.");
const IO_DONE = counter("node_bcachefs_device_io_done_bytes_total", "IO bytes by operation type and data type.", [
  "uuid",
  "device",
  "operation",
  "data_type",
]);
const IO_ERRORS = counter("node_bcachefs_device_io_errors_total", "IO errors by error type.", [
  "uuid",
  "device",
  "type",
]);

const counters = keptMetrics<Metric<"uuid">>();

function counterMetric(name: string): Metric<"uuid"> {
  return counters(name, () => {
    const family = `node_bcachefs_${name.replace(/_*[^0-9A-Za-z_]+_*/g, "_")}_total`;
    return counter(family, `Bcachefs counter ${name} since filesystem creation.`, ["uuid"]);
  });
}

/** Compression, errors, counters and devices of bcachefs, from sysfs. What a kernel lacks is absent. */
export function bcachefs(): Collector<HostSource> {
  return {
    name: "bcachefs",
    metrics: () => [
      ...[INFO, CACHE, COMPRESSED, UNCOMPRESSED, ERRORS, WRITES, WRITE_SIZE],
      ...[DEVICE_INFO, BUCKET_SIZE, BUCKETS, DURABILITY, IO_DONE, IO_ERRORS],
    ],
    collect({ paths }) {
      const folder = `${paths.sysfs}/fs/bcachefs`;
      const samples: Sample[] = [];
      for (const uuid of namesIn(folder)) addFilesystem(samples, `${folder}/${uuid}`, uuid);
      if (samples.length === 0) throw new NoData("no bcachefs");
      return samples;
    },
  };
}

function addFilesystem(samples: Sample[], folder: string, uuid: string): void {
  const labels = INFO.labels({ uuid });
  const read = (file: string) => readTextIfPresent(`${folder}/${file}`) ?? "";
  samples.push(INFO.sample(1, labels));
  const cache = attributeIfPresent(`${folder}/btree_cache_size`);
  if (cache !== undefined) samples.push(CACHE.sample(parseHumanSize(cache, `${folder}/btree_cache_size`), labels));
  for (const [algorithm, [compressed, uncompressed]] of tableRows(read("compression_stats"))) {
    const ofAlgorithm = COMPRESSED.labels({ uuid, algorithm });
    samples.push(COMPRESSED.sample(parseHumanSize(compressed, "compression_stats"), ofAlgorithm));
    samples.push(UNCOMPRESSED.sample(parseHumanSize(uncompressed, "compression_stats"), ofAlgorithm));
  }
  for (const [error_type, count] of parseErrors(read("errors"), `${folder}/errors`)) {
    samples.push(ERRORS.sample(count, { uuid, error_type }));
  }
  for (const [type, [count, size]] of tableRows(read("btree_write_stats"))) {
    const ofType = WRITES.labels({ uuid, type });
    samples.push(WRITES.sample(unsigned(count, "btree_write_stats"), ofType));
    samples.push(WRITE_SIZE.sample(parseHumanSize(size, "btree_write_stats"), ofType));
  }
  for (const name of namesIn(`${folder}/counters`)) {
    const path = `${folder}/counters/${name}`;
    const text = listedAttribute(path);
    if (text !== undefined) samples.push(counterMetric(name).sample(parseCounter(text, path), labels));
  }
  for (const name of namesIn(folder)) {
    if (name.startsWith("dev-")) addDevice(samples, `${folder}/${name}`, { uuid, device: name.slice("dev-".length) });
  }
}

function addDevice(samples: Sample[], folder: string, names: { uuid: string; device: string }): void {
  const word = (file: string) => attributeIfPresent(`${folder}/${file}`) ?? "";
  const labels = BUCKETS.labels(names);
  samples.push(DEVICE_INFO.sample(1, { ...names, label: word("label"), state: word("state") }));
  const [size, buckets, durability] = [word("bucket_size"), word("nbuckets"), word("durability")];
  if (size !== "") samples.push(BUCKET_SIZE.sample(parseHumanSize(size, `${folder}/bucket_size`), labels));
  if (buckets !== "") samples.push(BUCKETS.sample(unsigned(buckets, `${folder}/nbuckets`), labels));
  if (durability !== "") samples.push(DURABILITY.sample(unsigned(durability, `${folder}/durability`), labels));
  for (const [operation, data_type, bytes] of parseIoDone(word("io_done"), `${folder}/io_done`)) {
    samples.push(IO_DONE.sample(bytes, { ...names, operation, data_type }));
  }
  for (const [type, count] of parseIoErrors(word("io_errors"), `${folder}/io_errors`)) {
    samples.push(IO_ERRORS.sample(count, { ...names, type }));
  }
}
