import { existsSync, readFileSync } from "node:fs";
import { parseTimeZoneFile, type TimeZone, timeZoneAt } from "./tzif.ts";

/** A time zone at one moment: abbreviation such as `CEST`, and seconds east of Greenwich. */
export interface Zone {
  readonly name: string;
  readonly offsetSeconds: number;
}

/** Where a system keeps its time zones. */
export interface ZoneFiles {
  /** The zone of the machine, in force when `TZ` is not set. */
  readonly local: string;
  /** Folders of zones by name. */
  readonly databases: readonly string[];
}

/** The usual places (tzset(3)). */
export const ZONE_FILES: ZoneFiles = {
  local: "/etc/localtime",
  databases: ["/usr/share/zoneinfo", "/usr/share/lib/zoneinfo", "/usr/lib/locale/TZ", "/etc/zoneinfo"],
};

const UTC: Zone = { name: "UTC", offsetSeconds: 0 };

/**
 * A function from Unix time in seconds to the zone in force then, by Go's rules of what the local zone is: `TZ` names a
 * file or a zone, the empty string means UTC, and what cannot be read is UTC. The file is read at the first call.
 *
 * @param tz The variable `TZ`; undefined when it is not set.
 */
export function zoneReader(tz: string | undefined, files: ZoneFiles): (unixSeconds: number) => Zone {
  let zone: TimeZone | undefined | null = null;
  return (unixSeconds) => {
    if (zone === null) zone = localZone(tz, files);
    return zone ? timeZoneAt(zone, unixSeconds) : UTC;
  };
}

function localZone(tz: string | undefined, { local, databases }: ZoneFiles): TimeZone | undefined {
  if (tz === undefined) return readZone(local);
  const name = tz.startsWith(":") ? tz.slice(1) : tz;
  if (name.startsWith("/")) return readZone(name);
  if (name === "" || name === "UTC" || name.split("/").includes("..")) return undefined;
  for (const folder of databases) {
    const zone = readZone(`${folder}/${name}`);
    if (zone) return zone;
  }
  return undefined;
}

function readZone(path: string): TimeZone | undefined {
  if (!existsSync(path)) return undefined;
  try {
    return parseTimeZoneFile(readFileSync(path));
  } catch {
    return undefined;
  }
}
