import type { Collector } from "../../collector.ts";
import { counter, type Labels, labelBlock, type Sample } from "../../metric.ts";
import { Cursor } from "./cursor.ts";
import { readText } from "./files.ts";
import { nameFilter } from "./filter.ts";
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

/** Lines in file order, without those that have no description, which count for all CPUs at once (`ERR`, `MIS`). */
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
  const counts: number[] = [];
  while (counts.length < cpus && cursor.hasField()) counts.push(cursor.unsigned());
  if (!cursor.hasField()) return undefined;
  const isNumbered = /^\d+$/.test(type);
  const info = isNumbered ? cursor.field() : cursor.rest().replace(/\s+/g, " ");
  return { type, info, devices: isNumbered ? cursor.rest().replace(/\s+/g, " ") : "", counts };
}
