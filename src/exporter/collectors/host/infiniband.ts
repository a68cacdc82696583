import type { Collector } from "../../collector.ts";
import { gauge, type Sample } from "../../metric.ts";
import { namesIn, readText } from "./files.ts";
import { nameFilter } from "./filter.ts";
import { PORT_COUNTERS } from "./infiniband-counters.ts";
import { quoted, unsigned } from "./parse.ts";
import { regExpSetting, type Settings } from "./settings.ts";
import type { HostSource } from "./source.ts";
import { namesOrNoData, parseInteger, readableAttribute } from "./sysfs.ts";

/** Settings of {@linkcode infiniband}. */
export const infinibandSettings = {
  "collector.infiniband.device-include": regExpSetting("", "Regexp of devices to report, instead of the exclusion"),
  "collector.infiniband.device-exclude": regExpSetting("", "Regexp of devices to leave out"),
};

const INFO = gauge("node_infiniband_info", "Non-numeric data from /sys/class/infiniband/<device>, value is always 1.", [
  "device",
  "board_id",
  "firmware_version",
  "hca_type",
]);
const STATE = gauge(
  "node_infiniband_state_id",
  "State of the InfiniBand port (0: no change, 1: down, 2: init, 3: armed, 4: active, 5: act defer)",
  ["device", "port"],
);
const PHYSICAL_STATE = gauge(
  "node_infiniband_physical_state_id",
  "Physical state of the InfiniBand port (0: no change, 1: sleep, 2: polling, 3: disable, 4: shift, 5: link up, 6: link error recover, 7: phytest)",
  ["device", "port"],
);
const RATE = gauge("node_infiniband_rate_bytes_per_second", "Maximum signal transfer rate", ["device", "port"]);
const LIFESPAN = gauge(
  "node_infiniband_lifespan_seconds",
  "The maximum period in ms which defines the aging of the counter reads. Two consecutive reads within this period might return the same values.",
  ["device", "port"],
);

/** Counters that are per lane, of which a port has four. */
const PER_LANE = new Set(["port_rcv_data", "port_xmit_data", "port_rcv_data_64", "port_xmit_data_64"]);
const LANES = 4;
const BYTES_PER_GIGABIT = 1e9 / 8;
const MILLISECONDS_PER_SECOND = 1000;

/** Ports of InfiniBand and RoCE adapters, from sysfs (the kernel's Documentation/ABI/stable/sysfs-class-infiniband). */
export function infiniband(settings: Settings<typeof infinibandSettings>): Collector<HostSource> {
  const isReported = nameFilter({
    exclude: settings["collector.infiniband.device-exclude"],
    include: settings["collector.infiniband.device-include"],
  });
  return {
    name: "infiniband",
    metrics: () => {
      const counters = PORT_COUNTERS.flatMap(([, rows]) => rows.map(([, metric]) => metric));
      return [INFO, STATE, PHYSICAL_STATE, RATE, LIFESPAN, ...counters];
    },
    collect({ paths }) {
      const folder = `${paths.sysfs}/class/infiniband`;
      return namesOrNoData(folder, `no ${folder}`)
        .filter(isReported)
        .flatMap((device) => deviceSamples(device, `${folder}/${device}`));
    },
  };
}

function deviceSamples(device: string, folder: string): Sample[] {
  const samples = [
    INFO.sample(1, {
      device,
      board_id: readableAttribute(`${folder}/board_id`) ?? "",
      firmware_version: readText(`${folder}/fw_ver`).trim(),
      hca_type: readableAttribute(`${folder}/hca_type`) ?? "",
    }),
  ];
  for (const port of namesIn(`${folder}/ports`)) addPort(samples, device, port, `${folder}/ports/${port}`);
  return samples;
}

function addPort(samples: Sample[], device: string, port: string, folder: string): void {
  const labels = STATE.labels({ device, port: `${unsigned(port, folder)}` });
  samples.push(STATE.sample(parseState(readText(`${folder}/state`)), labels));
  samples.push(PHYSICAL_STATE.sample(parseState(readText(`${folder}/phys_state`)), labels));
  samples.push(RATE.sample(parseRate(readText(`${folder}/rate`)), labels));
  for (const [name, rows] of PORT_COUNTERS) {
    const present = new Set(namesIn(`${folder}/${name}`)); // drivers differ, and have few of the whole list
    for (const [file, metric] of rows) {
      const value = present.has(file) ? parseInteger(readableAttribute(`${folder}/${name}/${file}`)) : undefined;
      if (value !== undefined) samples.push(metric.sample(PER_LANE.has(file) ? value * LANES : value, labels));
    }
  }
  const lifespan = parseInteger(readableAttribute(`${folder}/hw_counters/lifespan`));
  if (lifespan !== undefined) samples.push(LIFESPAN.sample(Math.trunc(lifespan / MILLISECONDS_PER_SECOND), labels));
}

/** Number of a state such as `4: ACTIVE`. */
export function parseState(text: string): number {
  const [id, ...names] = text.split(":");
  if (names.length !== 1)
    throw new SyntaxError(`Cannot parse state of an InfiniBand port: found "${quoted(text.trim())}"`);
  return unsigned(id?.trim(), "state of an InfiniBand port");
}

/** Bytes a second of a rate such as `2.5 Gb/sec (1X SDR)`. */
export function parseRate(text: string): number {
  const [, gigabits] = /^(\d+(?:\.\d+)?) /.exec(text) ?? [];
  if (gigabits === undefined)
    throw new SyntaxError(`Cannot parse rate of an InfiniBand port: found "${quoted(text.trim())}"`);
  return Math.trunc(Number(gigabits) * BYTES_PER_GIGABIT);
}
