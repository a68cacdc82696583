import type { Collector } from "../../collector.ts";
import { counter, gauge, type Sample } from "../../metric.ts";
import type { HostSource } from "./source.ts";
import { namesOrNoData, parseInteger, readableAttribute } from "./sysfs.ts";

const INFO = gauge("node_fibrechannel_info", "Non-numeric data from /sys/class/fc_host/<host>, value is always 1.", [
  "fc_host",
  "speed",
  "port_state",
  "port_type",
  "port_id",
  "port_name",
  "fabric_name",
  "symbolic_name",
  "supported_classes",
  "supported_speeds",
  "dev_loss_tmo",
]);

const total = (name: string, help: string) => counter(`node_fibrechannel_${name}_total`, help, ["fc_host"]);

/** Families by file of a host's folder `statistics`. */
const COUNTERS = [
  ["dumped_frames", total("dumped_frames", "Number of dumped frames")],
  ["error_frames", total("error_frames", "Number of errors in frames")],
  ["invalid_crc_count", total("invalid_crc", "Invalid Cyclic Redundancy Check count")],
  ["rx_frames", total("rx_frames", "Number of frames received")],
  ["rx_words", total("rx_words", "Number of words received by host port")],
  ["tx_frames", total("tx_frames", "Number of frames transmitted by host port")],
  ["tx_words", total("tx_words", "Number of words transmitted by host port")],
  ["seconds_since_last_reset", total("seconds_since_last_reset", "Number of seconds since last host port reset")],
  ["invalid_tx_word_count", total("invalid_tx_words", "Number of invalid words transmitted by host port")],
  ["link_failure_count", total("link_failure", "Number of times the host port link has failed")],
  ["loss_of_sync_count", total("loss_of_sync", "Number of failures on either bit or transmission word boundaries")],
  ["loss_of_signal_count", total("loss_of_signal", "Number of times signal has been lost")],
  ["nos_count", total("nos", "Number Not_Operational Primitive Sequence received by host port")],
  ["fcp_packet_aborts", total("fcp_packet_aborts", "Number of aborted packets")],
] as const;

/** What a host adapter says of a counter that its firmware does not have: 64 bits that are all set. */
const NOT_COUNTED = 2 ** 64;

/** Ports of Fibre Channel host adapters, from sysfs. */
export function fibrechannel(): Collector<HostSource> {
  return {
    name: "fibrechannel",
    metrics: () => [INFO, ...COUNTERS.map(([, metric]) => metric)],
    collect({ paths }) {
      const folder = `${paths.sysfs}/class/fc_host`;
      return namesOrNoData(folder, `no ${folder}`).flatMap((host) => hostSamples(host, `${folder}/${host}`));
    },
  };
}

function hostSamples(host: string, folder: string): Sample[] {
  const text = (file: string) => readableAttribute(`${folder}/${file}`) ?? "";
  const samples = [
    INFO.sample(1, {
      fc_host: host,
      speed: text("speed"),
      port_state: text("port_state"),
      port_type: text("port_type"),
      port_id: withoutPrefix(text("port_id")),
      port_name: withoutPrefix(text("port_name")),
      fabric_name: withoutPrefix(text("fabric_name")),
      symbolic_name: text("symbolic_name"),
      supported_classes: text("supported_classes"),
      supported_speeds: text("supported_speeds"),
      dev_loss_tmo: text("dev_loss_tmo"),
    }),
  ];
  const labels = COUNTERS[0][1].labels({ fc_host: host });
  for (const [file, metric] of COUNTERS) {
    const value = parseInteger(readableAttribute(`${folder}/statistics/${file}`));
    if (value !== undefined && value !== NOT_COUNTED) samples.push(metric.sample(value, labels));
  }
  return samples;
}

/** An identifier without the `0x` before it. */
function withoutPrefix(identifier: string): string {
  return identifier.length > 2 ? identifier.slice(2) : identifier;
}
