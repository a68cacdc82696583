import { existsSync, realpathSync } from "node:fs";
import { readText } from "./files.ts";
import { cleanName } from "./hwmon-families.ts";
import { namesOrNoData } from "./sysfs.ts";

/** A chip under `class/hwmon`. */
export interface Chip {
  /** Value of the label `chip`. */
  chip: string;
  /** The driver's name for it, in label form; empty when it has none. */
  readonly name: string;
  readonly path: string;
}

/**
 * Chips under `class/hwmon`. Those of one device are told apart by their names, or by `hwmonN` if these are alike.
 *
 * @throws {NoData} If there is no such folder.
 */
export function chipsIn(folder: string): Chip[] {
  const chips: Chip[] = [];
  for (const entry of namesOrNoData(folder, "no hardware monitors")) {
    const path = `${folder}/${entry}`;
    const name = cleanName(sensorText(`${path}/name`)?.trim() ?? "");
    const chip = deviceName(path) || name || cleanName(baseName(realPath(path) ?? ""));
    if (chip !== "") chips.push({ chip, name, path });
  }
  const twins = Map.groupBy(chips, ({ chip }) => chip);
  for (const same of twins.values()) {
    if (same.length === 1) continue;
    for (const twin of same) {
      const isAlone = twin.name !== "" && same.filter(({ name }) => name === twin.name).length === 1;
      twin.chip += `_${isAlone ? twin.name : cleanName(baseName(twin.path))}`;
    }
  }
  return chips;
}

/** Bus and name of the device behind a chip, such as `platform_coretemp_0`: unlike `hwmonN`, they survive a boot. */
function deviceName(path: string): string {
  const device = realPath(`${path}/device`);
  if (device === undefined) return "";
  const name = cleanName(baseName(device));
  const bus = cleanName(baseName(device.slice(0, device.lastIndexOf("/"))));
  return bus !== "" && name !== "" ? `${bus}_${name}` : name;
}

function realPath(path: string): string | undefined {
  if (!existsSync(path)) return undefined;
  try {
    return realpathSync(path);
  } catch {
    return undefined; // gone meanwhile
  }
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

/** Text of a file without line feeds around it; undefined when it cannot be read, as where a sensor is asleep. */
export function sensorText(path: string): string | undefined {
  try {
    return readText(path).replace(/^\n+|\n+$/g, "");
  } catch {
    return undefined;
  }
}
