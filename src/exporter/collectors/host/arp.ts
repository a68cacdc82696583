import type { Collector } from "../../collector.ts";
import { gauge } from "../../metric.ts";
import { Cursor } from "./cursor.ts";
import { readText, readTextOrAbsent } from "./files.ts";
import { nameFilter } from "./filter.ts";
import { regExpSetting, type Settings, switchSetting } from "./settings.ts";
import type { HostSource } from "./source.ts";

/** Settings of {@linkcode arp}. */
export const arpSettings = {
  "collector.arp.device-include": regExpSetting("", "Regexp of devices to report, instead of the exclusion"),
  "collector.arp.device-exclude": regExpSetting("", "Regexp of devices to leave out"),
  "collector.arp.netlink": switchSetting(
    true,
    "Count what netlink lists: no entries that this host answers for others (read from procfs)",
  ),
};

const ENTRIES = gauge("node_arp_entries", "ARP entries by device", ["device"]);

/** Flag of an entry that this host publishes on behalf of another (`ATF_PUBL` of the kernel's if_arp.h). */
const PUBLISHED = 0x08;

/**
 * Neighbours by device, from `net/arp` in procfs, which lists what netlink does but for entries that have no state yet.
 * In place of netlink it falls back to the file of its own network namespace.
 */
export function arp(settings: Settings<typeof arpSettings>): Collector<HostSource> {
  const isReported = nameFilter({
    exclude: settings["collector.arp.device-exclude"],
    include: settings["collector.arp.device-include"],
  });
  const withNetlink = settings["collector.arp.netlink"];
  return {
    name: "arp",
    metrics: () => [ENTRIES],
    collect({ paths, ownPaths }) {
      const file = `${paths.procfs}/net/arp`;
      const text = withNetlink ? (readTextOrAbsent(file) ?? readText(`${ownPaths.procfs}/net/arp`)) : readText(file);
      const devices = [...parseArp(text, !withNetlink)].filter(([device]) => isReported(device));
      return devices.map(([device, entries]) => ENTRIES.sample(entries, { device }));
    },
  };
}

/**
 * Entries by device of a text such as `net/arp`; see proc_pid_net(5).
 *
 * @param withPublished Whether entries count that the host publishes on behalf of others.
 */
function parseArp(text: string, withPublished: boolean): Map<string, number> {
  const devices = new Map<string, number>();
  const cursor = new Cursor(text, "net/arp");
  cursor.nextLine(); // the heading
  while (cursor.nextLine()) {
    if (!cursor.hasField()) continue;
    cursor.skip(2);
    const flags = cursor.field();
    cursor.skip(2);
    const device = cursor.field();
    if (!/^0x[0-9a-f]+$/i.test(flags) || device === "" || cursor.hasField()) throw cursor.error();
    if (withPublished || (Number(flags) & PUBLISHED) === 0) devices.set(device, (devices.get(device) ?? 0) + 1);
  }
  return devices;
}
