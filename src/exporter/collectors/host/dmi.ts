import { type Collector, NoData } from "../../collector.ts";
import { gauge, type Labels, labelBlock, type Sample } from "../../metric.ts";
import { namesIn } from "./files.ts";
import type { HostSource } from "./source.ts";
import { attribute, isForbidden } from "./sysfs.ts";

/** Label names, which are those of the files in `class/dmi/id` but for one. */
const LABELS = [
  ...["bios_date", "bios_release", "bios_vendor", "bios_version", "board_asset_tag", "board_name", "board_serial"],
  ...["board_vendor", "board_version", "chassis_asset_tag", "chassis_serial", "chassis_vendor", "chassis_version"],
  ...["product_family", "product_name", "product_serial", "product_sku", "product_uuid", "product_version"],
  "system_vendor",
];

const INFO = gauge(
  "node_dmi_info",
  `A metric with a constant '1' value labeled by ${LABELS.join(", ")} if provided by DMI.`,
  LABELS,
);

/**
 * What the firmware says of the machine and its maker, from sysfs. Serial numbers are for root only; what this process
 * may not read has no label. It is read once, because it does not change before the next boot.
 */
export function dmi(): Collector<HostSource> {
  let known: Sample | undefined;
  return {
    name: "dmi",
    metrics: () => [INFO],
    collect({ paths }) {
      known ??= infoSample(`${paths.sysfs}/class/dmi/id`);
      return [known];
    },
  };
}

function infoSample(folder: string): Sample {
  const present = new Set(namesIn(folder));
  const pairs: [string, string][] = [];
  for (const label of LABELS) {
    const file = label === "system_vendor" ? "sys_vendor" : label;
    const value = present.has(file) ? permittedAttribute(`${folder}/${file}`) : undefined;
    if (value !== undefined) pairs.push([label, value]);
  }
  if (pairs.length === 0) throw new NoData("no DMI");
  return INFO.sample(1, labelBlock(pairs) as Labels<string>);
}

function permittedAttribute(path: string): string | undefined {
  try {
    return attribute(path);
  } catch (error) {
    if (isForbidden(error)) return undefined;
    throw error;
  }
}
