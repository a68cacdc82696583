import { gauge, type Sample } from "../../metric.ts";
import { quoted } from "./parse.ts";
import type { PciIds } from "./pci-ids.ts";
import { attribute, integer } from "./sysfs.ts";

/** Labels that name a device by where it is. */
export const LOCATION = ["segment", "bus", "device", "function"] as const;
const PARENT = ["parent_segment", "parent_bus", "parent_device", "parent_function"] as const;
const IDS = ["class_id", "vendor_id", "device_id", "subsystem_vendor_id", "subsystem_device_id", "revision"] as const;
const NAMES = ["vendor_name", "device_name", "subsystem_vendor_name", "subsystem_device_name", "class_name"] as const;

const NAME = "node_pcidevice_info";
const HELP = "Non-numeric data from /sys/bus/pci/devices/<location>, value is always 1.";

/** What a device is, by numbers. */
export const INFO = gauge(NAME, HELP, [...LOCATION, ...PARENT, ...IDS]);

/** {@linkcode INFO} with names besides. */
export const NAMED_INFO = gauge(NAME, HELP, [...LOCATION, ...PARENT, ...IDS, ...NAMES]);

/** Where a device is: hexadecimal digits by label. */
export type Location = Readonly<Record<(typeof LOCATION)[number], string>>;

/** Its {@linkcode INFO}, or {@linkcode NAMED_INFO} when there are names. `parent` is what it is connected to. */
export function infoSample(folder: string, location: Location, parent: string, ids?: PciIds): Sample {
  const id = (file: string, digits: number) => {
    const path = `${folder}/${file}`;
    return integer(attribute(path), path).toString(16).padStart(digits, "0");
  };
  const [vendor, device, subsystemVendor] = [id("vendor", 4), id("device", 4), id("subsystem_vendor", 4)];
  const [subsystemDevice, classId] = [id("subsystem_device", 4), id("class", 6)];
  const labels = {
    ...location,
    ...parentLabels(parent),
    class_id: `0x${classId}`,
    vendor_id: `0x${vendor}`,
    device_id: `0x${device}`,
    subsystem_vendor_id: `0x${subsystemVendor}`,
    subsystem_device_id: `0x${subsystemDevice}`,
    revision: `0x${id("revision", 2)}`,
  };
  if (!ids) return INFO.sample(1, labels);
  return NAMED_INFO.sample(1, {
    ...labels,
    vendor_name: ids.device(vendor),
    device_name: ids.device(vendor, device),
    subsystem_vendor_name: ids.device(subsystemVendor),
    subsystem_device_name: ids.device(vendor, device, subsystemVendor, subsystemDevice),
    class_name: ids.class(classId),
  });
}

/** What is no device itself, such as `pci0000:00`, is the bus that the device is on. */
function parentLabels(parent: string): Readonly<Record<(typeof PARENT)[number], string>> {
  const none = { segment: "*", bus: "*", device: "*", function: "*" };
  const at = parent.startsWith("pci") ? none : parseLocation(parent);
  return { parent_segment: at.segment, parent_bus: at.bus, parent_device: at.device, parent_function: at.function };
}

/**
 * Parts of a location such as `0000:00:02.1`.
 *
 * @throws {SyntaxError} If it is none.
 */
export function parseLocation(text: string): Location {
  const parts = /^([0-9a-f]+):([0-9a-f]+):([0-9a-f]+)\.([0-9a-f]+)$/i.exec(text)?.slice(1);
  if (!parts) throw new SyntaxError(`Cannot parse the location of a PCI device: found "${quoted(text)}"`);
  const [segment, bus, device, fn] = parts.map((part) => Number.parseInt(part, 16).toString(16));
  return {
    segment: segment!.padStart(4, "0"),
    bus: bus!.padStart(2, "0"),
    device: device!.padStart(2, "0"),
    function: fn!,
  };
}
