import type { Collector } from "../../collector.ts";
import { counter, type Sample } from "../../metric.ts";
import { namesIn } from "./files.ts";
import { unsigned } from "./parse.ts";
import type { HostSource } from "./source.ts";
import { attribute, attributeIfPresent } from "./sysfs.ts";

const CORRECTABLE = counter("node_edac_correctable_errors_total", "Total correctable memory errors.", ["controller"]);
const UNCORRECTABLE = counter("node_edac_uncorrectable_errors_total", "Total uncorrectable memory errors.", [
  "controller",
]);
const ROW_CORRECTABLE = counter(
  "node_edac_csrow_correctable_errors_total",
  "Total correctable memory errors for this csrow.",
  ["controller", "csrow"],
);
const ROW_UNCORRECTABLE = counter(
  "node_edac_csrow_uncorrectable_errors_total",
  "Total uncorrectable memory errors for this csrow.",
  ["controller", "csrow"],
);
const CHANNEL_CORRECTABLE = counter(
  "node_edac_channel_correctable_errors_total",
  "Total correctable memory errors for this channel.",
  ["controller", "csrow", "channel", "dimm_label"],
);
const CHANNEL_UNCORRECTABLE = counter(
  "node_edac_channel_uncorrectable_errors_total",
  "Total uncorrectable memory errors for this channel.",
  ["controller", "csrow", "channel", "dimm_label"],
);

/** Memory errors that ECC found, from EDAC's memory controllers in sysfs (the kernel's Documentation/admin-guide/ras.rst). */
export function edac(): Collector<HostSource> {
  return {
    name: "edac",
    metrics: () => [
      ...[CORRECTABLE, UNCORRECTABLE, ROW_CORRECTABLE, ROW_UNCORRECTABLE],
      ...[CHANNEL_CORRECTABLE, CHANNEL_UNCORRECTABLE],
    ],
    collect({ paths }) {
      const samples: Sample[] = [];
      const folder = `${paths.sysfs}/devices/system/edac/mc`;
      for (const name of namesIn(folder)) {
        const [, controller] = /^mc(\d+)/.exec(name) ?? [];
        if (controller !== undefined) addController(samples, `${folder}/${name}`, controller);
      }
      return samples;
    },
  };
}

function count(path: string): number {
  return unsigned(attribute(path), path);
}

/** Errors that no row can be blamed for have the row `unknown`. */
function addController(samples: Sample[], folder: string, controller: string): void {
  const labels = CORRECTABLE.labels({ controller });
  const unknown = ROW_CORRECTABLE.labels({ controller, csrow: "unknown" });
  samples.push(
    CORRECTABLE.sample(count(`${folder}/ce_count`), labels),
    ROW_CORRECTABLE.sample(count(`${folder}/ce_noinfo_count`), unknown),
    UNCORRECTABLE.sample(count(`${folder}/ue_count`), labels),
    ROW_UNCORRECTABLE.sample(count(`${folder}/ue_noinfo_count`), unknown),
  );
  for (const name of namesIn(folder)) {
    const [, csrow] = /^csrow(\d+)/.exec(name) ?? [];
    if (csrow !== undefined) addRow(samples, `${folder}/${name}`, { controller, csrow });
  }
}

function addRow(samples: Sample[], folder: string, row: { controller: string; csrow: string }): void {
  const labels = ROW_CORRECTABLE.labels(row);
  samples.push(
    ROW_CORRECTABLE.sample(count(`${folder}/ce_count`), labels),
    ROW_UNCORRECTABLE.sample(count(`${folder}/ue_count`), labels),
  );
  const files = namesIn(folder);
  for (const file of files) {
    const [, channel] = /^ch(\d+)_ce_count$/.exec(file) ?? [];
    if (channel === undefined) continue;
    const dimm = dimmLabel(attributeIfPresent(`${folder}/ch${channel}_dimm_label`));
    const channelLabels = CHANNEL_CORRECTABLE.labels({ ...row, channel, dimm_label: dimm });
    samples.push(CHANNEL_CORRECTABLE.sample(count(`${folder}/${file}`), channelLabels));
    const uncorrectable = `ch${channel}_ue_count`;
    if (files.includes(uncorrectable)) {
      samples.push(CHANNEL_UNCORRECTABLE.sample(count(`${folder}/${uncorrectable}`), channelLabels));
    }
  }
}

/** The kernel's own names, such as `CPU_SrcID#0_MC#0_Chan#0_DIMM#0` or `mc#0csrow#1channel#0`, in label form. */
function dimmLabel(text: string | undefined): string {
  if (text === undefined) return "unknown";
  return text.replaceAll("#", "").replaceAll("csrow", "_csrow").replaceAll("channel", "_channel");
}
