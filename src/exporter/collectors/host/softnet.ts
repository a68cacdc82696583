import type { Collector } from "../../collector.ts";
import { counter, gauge, type Sample } from "../../metric.ts";
import { Cursor } from "./cursor.ts";
import { readText } from "./files.ts";
import type { HostSource } from "./source.ts";

const total = (name: string, help: string) => counter(`node_softnet_${name}_total`, help, ["cpu"]);

const METRICS = [
  total("processed", "Number of processed packets"),
  total("dropped", "Number of dropped packets"),
  total("times_squeezed", "Number of times processing packets ran out of quota"),
  total("cpu_collision", "Number of collision occur while obtaining device lock while transmitting"),
  total("received_rps", "Number of times cpu woken up received_rps"),
  total("flow_limit_count", "Number of times flow limit has been reached"),
  gauge("node_softnet_backlog_len", "Softnet backlog status", ["cpu"]),
];

/** Column of each of the metrics in `softnet_stat` (`softnet_seq_show` of the kernel); old kernels lack the last ones. */
const COLUMNS = [0, 1, 2, 8, 9, 10, 11];

/** Columns of the oldest kernels. */
const FEWEST_COLUMNS = 9;

/** Column of the CPU's number, since 5.14; before, a line's place tells it, and offline CPUs shift the others. */
const CPU_COLUMN = 12;

/** Packets that each CPU took from its devices, from `net/softnet_stat` in procfs. */
export function softnet(): Collector<HostSource> {
  return {
    name: "softnet",
    metrics: () => METRICS,
    collect({ paths }) {
      const samples: Sample[] = [];
      for (const [line, columns] of parseSoftnet(readText(`${paths.procfs}/net/softnet_stat`)).entries()) {
        const labels = METRICS[0]!.labels({ cpu: `${columns[CPU_COLUMN] ?? line}` });
        for (const [i, metric] of METRICS.entries()) {
          // Where the kernel has no such column, node_exporter says 0.
          samples.push(metric.sample(columns[COLUMNS[i]!] ?? 0, labels));
        }
      }
      return samples;
    },
  };
}

/** Columns by line. */
function parseSoftnet(text: string): number[][] {
  const cpus: number[][] = [];
  const cursor = new Cursor(text, "net/softnet_stat");
  while (cursor.nextLine()) {
    const columns: number[] = [];
    while (columns.length <= CPU_COLUMN && cursor.hasField()) columns.push(cursor.hex());
    if (columns.length < FEWEST_COLUMNS) throw cursor.error();
    cpus.push(columns);
  }
  return cpus;
}
