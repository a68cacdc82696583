import { existsSync } from "node:fs";
import { type Collector, NoData } from "../../collector.ts";
import { gauge, type Sample } from "../../metric.ts";
import { namesIn } from "./files.ts";
import { unsigned } from "./parse.ts";
import type { HostSource } from "./source.ts";
import { attribute, attributeIfPresent } from "./sysfs.ts";

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
 * multiplies it by the logical block size, and so does this.
 */
export function nvme(): Collector<HostSource> {
  return {
    name: "nvme",
    metrics: [INFO, NAMESPACE, CAPACITY, SIZE, USED, BLOCK],
    collect({ paths }) {
      const folder = `${paths.sysfs}/class/nvme`;
      if (!existsSync(folder)) throw new NoData("no NVMe devices");
      return namesIn(folder).flatMap((device) => deviceSamples(`${folder}/${device}`, device));
    },
  };
}

function deviceSamples(folder: string, device: string): Sample[] {
  const word = (file: string) => attribute(`${folder}/${file}`);
  const samples = [
    INFO.sample(1, {
      device,
      firmware_revision: word("firmware_rev"),
      model: word("model"),
      serial: word("serial"),
      state: word("state"),
      cntlid: word("cntlid"),
    }),
  ];
  for (const name of namesIn(folder)) {
    const [, nsid] = /nvme\d+n(\d+)/.exec(name) ?? [];
    if (nsid !== undefined) addNamespace(samples, `${folder}/${name}`, { device, nsid });
  }
  return samples;
}

/** `nuse` came with kernel 6.8. */
function addNamespace(samples: Sample[], folder: string, namespace: { device: string; nsid: string }): void {
  const number = (file: string) => {
    const text = attributeIfPresent(`${folder}/${file}`);
    return text === undefined ? undefined : unsigned(text, `${folder}/${file}`);
  };
  const labels = SIZE.labels(namespace);
  samples.push(
    NAMESPACE.sample(1, { ...namespace, ana_state: attributeIfPresent(`${folder}/ana_state`) ?? "unknown" }),
  );
  const block = number("queue/logical_block_size");
  if (block === undefined) return;
  samples.push(BLOCK.sample(block, labels));
  const [size, used] = [number("size"), number("nuse")];
  if (size !== undefined) samples.push(CAPACITY.sample(size * block, labels), SIZE.sample(size * block, labels));
  if (used !== undefined) samples.push(USED.sample(used * block, labels));
}
