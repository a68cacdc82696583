import { existsSync } from "node:fs";
import type { Collector } from "../../collector.ts";
import { gauge, type Sample } from "../../metric.ts";
import { DeviceProbe } from "./device-probe.ts";
import { namesIn, readUnsignedIfPresent } from "./files.ts";
import type { HostSource } from "./source.ts";
import { attribute, namesOrNoData, readableAttribute } from "./sysfs.ts";

const INFO = gauge("node_nvme_info", "Non-numeric data from /sys/class/nvme/<device>, value is always 1.", [
  "device",
  "firmware_revision",
  "model",
  "serial",
  "state",
  "cntlid",
]);
const NAMESPACE = gauge("node_nvme_namespace_info", "Information about NVMe namespaces. Value is always 1", [
  "device",
  "nsid",
  "ana_state",
]);

const bytes = (name: string, help: string) => gauge(`node_nvme_namespace_${name}_bytes`, help, ["device", "nsid"]);

const CAPACITY = bytes(
  "capacity",
  "Capacity of the NVMe namespace in bytes. Computed as namespace_size * namespace_logical_block_size",
);
const SIZE = bytes(
  "size",
  "Size of the NVMe namespace in bytes. Available in /sys/class/nvme/<device>/<namespace>/size",
);
const USED = bytes(
  "used",
  "Used space of the NVMe namespace in bytes. Available in /sys/class/nvme/<device>/<namespace>/nuse",
);
const BLOCK = bytes(
  "logical_block_size",
  "Logical block size of the NVMe namespace in bytes. Usually 4Kb. Available in /sys/class/nvme/<device>/<namespace>/queue/logical_block_size",
);

/**
 * NVMe controllers and their namespaces, from sysfs. The kernel counts `size` in units of 512 bytes, but node_exporter
 * multiplies it by the logical block size, and so does this. What is used of a namespace is what its controller says now;
 * it is absent when the controller takes seconds to.
 */
export function nvme(): Collector<HostSource> {
  const probe = new DeviceProbe();
  return {
    name: "nvme",
    metrics: () => [INFO, NAMESPACE, CAPACITY, SIZE, USED, BLOCK],
    collect({ paths, signal }) {
      const folder = `${paths.sysfs}/class/nvme`;
      const samples: Sample[] = [];
      const namespaces = namesOrNoData(folder, "no NVMe devices").flatMap((device) => {
        samples.push(controllerSample(`${folder}/${device}`, device));
        return namespacesOf(`${folder}/${device}`, device);
      });
      const asking = namespaces.map(({ path }) => `${path}/nuse`).filter((path) => existsSync(path));
      for (const namespace of namespaces) addNamespace(samples, namespace);
      if (asking.length === 0) return samples;
      return probe.answering(asking, signal).then((answering) => {
        for (const namespace of namespaces) if (answering.has(`${namespace.path}/nuse`)) addUsed(samples, namespace);
        return samples;
      });
    },
  };
}

function controllerSample(folder: string, device: string): Sample {
  const word = (file: string) => attribute(`${folder}/${file}`);
  return INFO.sample(1, {
    device,
    firmware_revision: word("firmware_rev"),
    model: word("model"),
    serial: word("serial"),
    state: word("state"),
    cntlid: word("cntlid"),
  });
}

interface Namespace {
  readonly path: string;
  readonly names: { readonly device: string; readonly nsid: string };
  /** Bytes; undefined where the kernel does not tell. */
  readonly blockSize: number | undefined;
}

function namespacesOf(folder: string, device: string): Namespace[] {
  const namespaces: Namespace[] = [];
  for (const name of namesIn(folder)) {
    const [, nsid] = /nvme\d+n(\d+)/.exec(name) ?? [];
    if (nsid === undefined) continue;
    const path = `${folder}/${name}`;
    namespaces.push({
      path,
      names: { device, nsid },
      blockSize: readUnsignedIfPresent(`${path}/queue/logical_block_size`),
    });
  }
  return namespaces;
}

/** Only namespaces that several paths lead to have a state. */
function stateOf(path: string): string {
  return (existsSync(path) ? readableAttribute(path) : undefined) ?? "unknown";
}

function addNamespace(samples: Sample[], { path, names, blockSize }: Namespace): void {
  samples.push(NAMESPACE.sample(1, { ...names, ana_state: stateOf(`${path}/ana_state`) }));
  if (blockSize === undefined) return;
  const labels = SIZE.labels(names);
  samples.push(BLOCK.sample(blockSize, labels));
  const size = readUnsignedIfPresent(`${path}/size`);
  if (size !== undefined)
    samples.push(CAPACITY.sample(size * blockSize, labels), SIZE.sample(size * blockSize, labels));
}

/** Kernels since 6.8 have `nuse`, and remember for some seconds what the controller said. */
function addUsed(samples: Sample[], { path, names, blockSize }: Namespace): void {
  const used = readUnsignedIfPresent(`${path}/nuse`);
  if (used !== undefined && blockSize !== undefined) samples.push(USED.sample(used * blockSize, names));
}
