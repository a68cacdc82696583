import type { Collector } from "../../collector.ts";
import { counter, type Labels, labelBlock, type Sample } from "../../metric.ts";
import { Cursor } from "./cursor.ts";
import { readText } from "./files.ts";
import { nameFilter } from "./filter.ts";
import { fields, unsigned } from "./parse.ts";
import { regExpSetting, type Settings, switchSetting } from "./settings.ts";
import type { HostSource } from "./source.ts";

/** Settings of {@linkcode interrupts}. */
export const interruptsSettings = {
  "collector.interrupts.name-include": regExpSetting(
    "",
    'Regexp of interrupts ("type;info;devices") to report, instead of the exclusion',
  ),
  "collector.interrupts.name-exclude": regExpSetting("", 'Regexp of interrupts ("type;info;devices") to leave out'),
  "collector.interrupts.include-zeros": switchSetting(true, "Report interrupts that have not occurred"),
};

const INTERRUPTS = counter("node_interrupts_total", "Interrupt details.", ["cpu", "type", "info", "devices"]);

/** Interrupts by CPU, type and device, from `interrupts` in procfs (proc_interrupts(5)). */
export function interrupts(settings: Settings<typeof interruptsSettings>): Collector<HostSource> {
  const isReported = nameFilter({
    exclude: settings["collector.interrupts.name-exclude"],
    include: settings["collector.interrupts.name-include"],
  });
  const withZeros = settings["collector.interrupts.include-zeros"];
  return {
    name: "interrupts",
    metrics: () => [INTERRUPTS],
    collect({ paths }) {
      const samples: Sample[] = [];
      for (const { type, info, devices, counts } of parseInterrupts(readText(`${paths.procfs}/interrupts`))) {
        if (!isReported(`${type};${info};${devices}`)) continue;
        const others = labelBlock(Object.entries({ devices, info, type })).slice(1);
        counts.forEach((count, cpu) => {
          if (count > 0 || withZeros) samples.push(INTERRUPTS.sample(count, `{cpu="${cpu}",${others}` as RowLabels));
        });
      }
      return samples;
    },
  };
}

type RowLabels = Labels<"cpu" | "type" | "info" | "devices">;

/** One line of `interrupts`. */
interface Interrupt {
  readonly type: string;
  /** Its controller, or what it is for. */
  readonly info: string;
  readonly devices: string;
  /** How often it occurred on each of the CPUs that the heading lists. */
  readonly counts: readonly number[];
}

/**
 * Lines in file order, without those that have no more fields than there are CPUs: they count for all CPUs at once (`ERR`,
 * `MIS`), or not at all (`FIQ` on ARM).
 */
function parseInterrupts(text: string): Interrupt[] {
  const cursor = new Cursor(text, "interrupts");
  if (!cursor.nextLine()) throw cursor.error();
  let cpus = 0;
  for (; cursor.hasField(); cpus++) cursor.skip(1);
  const found: Interrupt[] = [];
  while (cursor.nextLine()) {
    // Between name and counts there may be no space.
    const type = cursor.before(":")?.trimStart();
    if (type === undefined) continue;
    const interrupt = parseInterrupt(type, cursor, cpus);
    if (interrupt) found.push(interrupt);
  }
  return found;
}

function parseInterrupt(type: string, cursor: Cursor, cpus: number): Interrupt | undefined {
  const columns = fields(cursor.rest());
  if (columns.length <= cpus) return undefined;
  const counts = columns.slice(0, cpus).map((count) => unsigned(count, "interrupts"));
  const infoEnd = /^\d+$/.test(type) ? cpus + 1 : columns.length;
  const [info, devices] = [columns.slice(cpus, infoEnd), columns.slice(infoEnd)];
  return { type, info: info.join(" "), devices: devices.join(" "), counts };
}
