import type { Collector } from "../../collector.ts";
import { counter, gauge, type Metric, type Sample } from "../../metric.ts";
import { unsigned } from "./parse.ts";
import { regExpSetting, type Settings } from "./settings.ts";
import type { HostSource } from "./source.ts";
import { listedAttribute, namesOrNoData } from "./sysfs.ts";

/** Settings of {@linkcode tapestats}. */
export const tapestatsSettings = {
  "collector.tapestats.ignored-devices": regExpSetting("^$", "Regexp of tape devices to leave out"),
};

const SECONDS_PER_NANOSECOND = 0.000000001;

const total = (name: string, help: string) => counter(`node_tape_${name}_total`, help, ["device"]);

/** Family and scale of each file in a device's `stats` (the kernel's Documentation/scsi/st.rst). */
const STATISTICS: readonly (readonly [file: string, metric: Metric<"device">, scale: number])[] = [
  ["in_flight", gauge("node_tape_io_now", "The number of I/Os currently outstanding to this device.", ["device"]), 1],
  [
    "io_ns",
    total(
      "io_time_seconds",
      "The amount of time spent waiting for all I/O to complete (including read and write). This includes tape movement commands such as seeking between file or set marks and implicit tape movement such as when rewind on close tape devices are used.",
    ),
    SECONDS_PER_NANOSECOND,
  ],
  [
    "other_cnt",
    total(
      "io_others",
      "The number of I/Os issued to the tape drive other than read or write commands. The time taken to complete these commands uses the following calculation io_time_seconds_total-read_time_seconds_total-write_time_seconds_total",
    ),
    1,
  ],
  ["read_byte_cnt", total("read_bytes", "The number of bytes read from the tape drive."), 1],
  ["read_cnt", total("reads_completed", "The number of read requests issued to the tape drive."), 1],
  [
    "read_ns",
    total("read_time_seconds", "The amount of time spent waiting for read requests to complete."),
    SECONDS_PER_NANOSECOND,
  ],
  [
    "resid_cnt",
    total(
      "residual",
      "The number of times during a read or write we found the residual amount to be non-zero. This should mean that a program is issuing a read larger thean the block size on tape. For write not all data made it to tape.",
    ),
    1,
  ],
  ["write_byte_cnt", total("written_bytes", "The number of bytes written to the tape drive."), 1],
  ["write_cnt", total("writes_completed", "The number of write requests issued to the tape drive."), 1],
  [
    "write_ns",
    total("write_time_seconds", "The amount of time spent waiting for write requests to complete."),
    SECONDS_PER_NANOSECOND,
  ],
];

/** Reads, writes and their times of SCSI tape drives, from sysfs. A count that the kernel lacks is absent. */
export function tapestats(settings: Settings<typeof tapestatsSettings>): Collector<HostSource> {
  const ignored = settings["collector.tapestats.ignored-devices"];
  return {
    name: "tapestats",
    metrics: () => STATISTICS.map(([, metric]) => metric),
    collect({ paths }) {
      const folder = `${paths.sysfs}/class/scsi_tape`;
      const samples: Sample[] = [];
      for (const device of namesOrNoData(folder, "no tape drives")) {
        // The other names, such as nst0 and st0a, are the same drives in other modes.
        if (!/^st\d+$/.test(device) || ignored?.test(device)) continue;
        const labels = STATISTICS[0]![1].labels({ device });
        for (const [file, metric, scale] of STATISTICS) {
          const path = `${folder}/${device}/stats/${file}`;
          const text = listedAttribute(path);
          if (text !== undefined) samples.push(metric.sample(unsigned(text, path) * scale, labels));
        }
      }
      return samples;
    },
  };
}
