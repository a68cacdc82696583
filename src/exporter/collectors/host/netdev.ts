import { existsSync } from "node:fs";
import type { Collector } from "../../collector.ts";
import { counter, type Labels, type Metric, type Sample } from "../../metric.ts";
import { readText, readTextIfPresent, readUnsignedIfPresent } from "./files.ts";
import { nameFilter } from "./filter.ts";
import { ADDRESS_INFO, addressSamples } from "./netdev-addresses.ts";
import { fields, lines, quoted, unsigned } from "./parse.ts";
import { regExpSetting, type Settings, switchSetting } from "./settings.ts";
import type { HostSource } from "./source.ts";

/** Settings of {@linkcode netdev}. */
export const netdevSettings = {
  "collector.netdev.device-include": regExpSetting("", "Regexp of network devices to report"),
  "collector.netdev.device-exclude": regExpSetting("", "Regexp of network devices to leave out"),
  "collector.netdev.address-info": switchSetting(false, "Export node_network_address_info for every device"),
  "collector.netdev.enable-detailed-metrics": switchSetting(false, "Export finer statistics, under incompatible names"),
  "collector.netdev.netlink": switchSetting(
    true,
    "Export what netlink has and /proc/net/dev has not (read from sysfs)",
  ),
  "collector.netdev.label-ifalias": switchSetting(false, "Add the label ifalias"),
};

/** Columns of `net/dev` in procfs. It folds some of the kernel's statistics into one (`dev_seq_printf_stats`). */
const PROC_COLUMNS = [
  ...["receive_bytes", "receive_packets", "receive_errs", "receive_drop"],
  ...["receive_fifo", "receive_frame", "receive_compressed", "receive_multicast"],
  ...["transmit_bytes", "transmit_packets", "transmit_errs", "transmit_drop"],
  ...["transmit_fifo", "transmit_colls", "transmit_carrier", "transmit_compressed"],
];

/** Files in a device's folder `statistics` in sysfs: the kernel's own statistics, which netlink has too. */
const STATISTICS = [
  ...["rx_packets", "tx_packets", "rx_bytes", "tx_bytes", "rx_errors", "tx_errors", "rx_dropped", "tx_dropped"],
  ...["multicast", "collisions", "rx_length_errors", "rx_over_errors", "rx_crc_errors", "rx_frame_errors"],
  ...["rx_fifo_errors", "rx_missed_errors", "tx_aborted_errors", "tx_carrier_errors", "tx_fifo_errors"],
  ...["tx_heartbeat_errors", "tx_window_errors", "rx_compressed", "tx_compressed", "rx_nohandler"],
];

type DeviceMetric = Metric<"device" | "ifalias">;

/** Counters of network devices, from procfs and sysfs. Its numbers are of the network namespace that it runs in. */
export function netdev(settings: Settings<typeof netdevSettings>): Collector<HostSource> {
  const isReported = nameFilter({
    exclude: settings["collector.netdev.device-exclude"],
    include: settings["collector.netdev.device-include"],
  });
  const withNetlink = settings["collector.netdev.netlink"];
  const withAddresses = settings["collector.netdev.address-info"];
  const families = familiesOf(settings);
  return {
    name: "netdev",
    metrics: () => [
      ...families.columns,
      ...families.statistics.map(([, metric]) => metric),
      ...(withAddresses ? [ADDRESS_INFO] : []),
    ],
    collect({ paths, ownPaths }) {
      const samples: Sample[] = [];
      const isOwn = withNetlink && !existsSync(`${paths.procfs}/net/dev`);
      const { procfs, sysfs } = isOwn ? ownPaths : paths;
      for (const [device, counters] of parseNetDev(readText(`${procfs}/net/dev`))) {
        if (!isReported(device)) continue;
        const folder = `${sysfs}/class/net/${device}`;
        const labels = families.labels(device, folder);
        families.columns.forEach((metric, i) => {
          samples.push(metric.sample(counters[i]!, labels));
        });
        for (const [file, metric] of families.statistics) {
          // A kernel that lacks a statistic says 0 over netlink.
          samples.push(metric.sample(readUnsignedIfPresent(`${folder}/statistics/${file}`) ?? 0, labels));
        }
      }
      return withAddresses ? [...samples, ...addressSamples(isReported)] : samples;
    },
  };
}

/** What a scrape reads: columns of `net/dev`, files of a device's `statistics`, and the labels of both. */
interface NetdevFamilies {
  readonly columns: readonly DeviceMetric[];
  readonly statistics: readonly (readonly [file: string, metric: DeviceMetric])[];
  labels(device: string, folder: string): Labels<"device" | "ifalias">;
}

function familiesOf(settings: Settings<typeof netdevSettings>): NetdevFamilies {
  const withNetlink = settings["collector.netdev.netlink"];
  const isDetailed = settings["collector.netdev.enable-detailed-metrics"];
  const withAlias = settings["collector.netdev.label-ifalias"];
  const labelNames = (withAlias ? ["device", "ifalias"] : ["device"]) as ("device" | "ifalias")[];
  const family = (key: string) => counter(`node_network_${key}_total`, `Network device statistic ${key}.`, labelNames);
  const named = (file: string) => {
    return [file, family(file.replace(/^rx_/, "receive_").replace(/^tx_/, "transmit_"))] as const;
  };
  const columnName = (name: string) =>
    isDetailed ? name.replace(/errs$/, "errors").replace(/drop$/, "dropped") : name;
  const [statistics, columns] = withNetlink
    ? [isDetailed ? STATISTICS : ["rx_nohandler"], isDetailed ? [] : PROC_COLUMNS]
    : [[], PROC_COLUMNS.map(columnName)];
  const any = family("any");
  return {
    columns: columns.map(family),
    statistics: statistics.map(named),
    labels: (device, folder) => {
      const ifalias = withAlias ? (readTextIfPresent(`${folder}/ifalias`)?.trim() ?? "") : "";
      return any.labels({ device, ifalias });
    },
  };
}

/** Columns by device; see proc_pid_net(5). */
export function parseNetDev(text: string): Map<string, number[]> {
  const devices = new Map<string, number[]>();
  for (const line of lines(text).slice(2)) {
    const colon = line.lastIndexOf(":"); // an alias such as eth0:1 has a colon of its own
    const device = line.slice(0, Math.max(colon, 0)).trim();
    const counters = fields(line.slice(colon + 1));
    if (device === "" || counters.length < PROC_COLUMNS.length) {
      throw new SyntaxError(`Cannot parse net/dev: found "${quoted(line)}"`);
    }
    devices.set(
      device,
      counters.slice(0, PROC_COLUMNS.length).map((value) => unsigned(value, "net/dev")),
    );
  }
  return devices;
}
