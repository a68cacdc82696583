import { readlinkSync } from "node:fs";
import { basename, dirname } from "node:path";
import * as z from "zod/mini";
import type { Collector } from "../../collector.ts";
import { gauge, type Labels, type Sample } from "../../metric.ts";
import { readTextIfPresent } from "./files.ts";
import { quoted } from "./parse.ts";
import { PciIds } from "./pci-ids.ts";
import { INFO, infoSample, LOCATION, type Location, NAMED_INFO, parseLocation } from "./pcidevice-info.ts";
import type { Settings } from "./settings.ts";
import { switchSetting } from "./settings.ts";
import type { HostSource } from "./source.ts";
import { integer, namesOrNoData } from "./sysfs.ts";

/** Settings of {@linkcode pcidevice}. */
export const pcideviceSettings = {
  "collector.pcidevice.idsfile": z._default(z.string(), "").register(z.globalRegistry, {
    description: "File with names of PCI devices; pci.ids in /usr/share/misc or /usr/share/hwdata by default",
    placeholder: "PATH",
  }),
  "collector.pcidevice.names": switchSetting(false, "Report names of PCI devices besides their numbers"),
};

const family = (name: string, help: string) => gauge(`node_pcidevice_${name}`, help, LOCATION);

/** Family of each file with a number, and what a device without it has in node_exporter. */
const NUMBERS = [
  ["max_link_width", family("max_link_width", "Value of maximum link's width (number of lanes)"), -1],
  ["current_link_width", family("current_link_width", "Value of current link's width (number of lanes)"), -1],
  ["sriov_numvfs", family("sriov_numvfs", "Number of Virtual Functions (VFs) currently enabled for SR-IOV."), 0],
  ["sriov_totalvfs", family("sriov_totalvfs", "Total number of Virtual Functions (VFs) supported by the device."), 0],
  ["sriov_vf_total_msix", family("sriov_vf_total_msix", "Total number of MSI-X vectors for Virtual Functions."), 0],
] as const;

const SPEEDS = [
  ["max_link_speed", family("max_link_transfers_per_second", "Value of maximum link's transfers per second (T/s)")],
  [
    "current_link_speed",
    family("current_link_transfers_per_second", "Value of current link's transfers per second (T/s)"),
  ],
] as const;

const SWITCHES = [
  ["d3cold_allowed", family("d3cold_allowed", "Whether the PCIe device supports D3cold power state (0/1).")],
  [
    "sriov_drivers_autoprobe",
    family("sriov_drivers_autoprobe", "Whether SR-IOV drivers autoprobe is enabled for the device (0/1)."),
  ],
] as const;

const NUMA_NODE = family("numa_node", "NUMA node number for the PCI device. -1 indicates unknown or not available.");
const POWER_STATE = gauge(
  "node_pcidevice_power_state",
  "PCIe device power state, one of: D0, D1, D2, D3hot, D3cold, unknown or error.",
  [...LOCATION, "state"],
);
const POWER_STATES = ["D0", "D1", "D2", "D3hot", "D3cold", "unknown", "error"];

/** Devices on the PCI bus, from sysfs (the kernel's Documentation/ABI/testing/sysfs-bus-pci). */
export function pcidevice(settings: Settings<typeof pcideviceSettings>): Collector<HostSource> {
  const isNamed = settings["collector.pcidevice.names"];
  const rest = [...NUMBERS, ...SPEEDS, ...SWITCHES].map(([, metric]) => metric);
  let ids: PciIds | undefined;
  return {
    name: "pcidevice",
    metrics: () => [isNamed ? NAMED_INFO : INFO, ...rest, NUMA_NODE, POWER_STATE],
    collect({ paths }) {
      const folder = `${paths.sysfs}/bus/pci/devices`;
      const names = namesOrNoData(folder, "no PCI devices");
      if (isNamed) ids ??= PciIds.read(settings["collector.pcidevice.idsfile"]);
      return names.flatMap((name) => deviceSamples(`${folder}/${name}`, ids));
    },
  };
}

function deviceSamples(folder: string, ids: PciIds | undefined): Sample[] {
  const target = readlinkSync(folder);
  const location = parseLocation(basename(target));
  const labels = NUMA_NODE.labels(location);
  const samples = [infoSample(folder, location, basename(dirname(target)), ids)];
  for (const [file, metric, lacking] of NUMBERS) {
    samples.push(metric.sample(numberIn(`${folder}/${file}`) ?? lacking, labels));
  }
  for (const [file, metric] of SPEEDS) samples.push(metric.sample(speedIn(`${folder}/${file}`) ?? -1, labels));
  for (const [file, metric] of SWITCHES) {
    samples.push(metric.sample(Number((numberIn(`${folder}/${file}`) ?? 0) !== 0), labels));
  }
  addPowerState(samples, folder, location);
  addNumaNode(samples, folder, labels);
  return samples;
}

function addPowerState(samples: Sample[], folder: string, location: Location): void {
  const current = wordIn(`${folder}/power_state`);
  if (current === undefined) return;
  for (const state of POWER_STATES) samples.push(POWER_STATE.sample(Number(state === current), { ...location, state }));
}

function addNumaNode(samples: Sample[], folder: string, labels: Labels<(typeof LOCATION)[number]>): void {
  const node = numberIn(`${folder}/numa_node`) ?? -1;
  if (node !== -1) samples.push(NUMA_NODE.sample(node, labels));
}

/** Undefined when there is no such file, or when it is empty or says that the kernel does not know. */
function wordIn(path: string): string | undefined {
  const text = readTextIfPresent(path)?.trim();
  return text === "" ? undefined : text;
}

function numberIn(path: string): number | undefined {
  const text = wordIn(path);
  return text === undefined || text.startsWith("Unknown") ? undefined : integer(text, path);
}

/** Transfers a second, of a text such as `8.0 GT/s PCIe`. */
function speedIn(path: string): number | undefined {
  const text = wordIn(path);
  if (text === undefined || text.startsWith("Unknown")) return undefined;
  const [, billions] = /^(\d+(?:\.\d+)?) GT\/s PCIe$/.exec(text) ?? [];
  if (billions === undefined) throw new SyntaxError(`Cannot parse ${path}: found "${quoted(text)}"`);
  return Number(billions) * 1e9;
}
