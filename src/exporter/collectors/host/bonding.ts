import { type Collector, NoData } from "../../collector.ts";
import { gauge, type Sample } from "../../metric.ts";
import { readText, readTextIfPresent, readTextOrAbsent } from "./files.ts";
import { fields } from "./parse.ts";
import type { HostSource } from "./source.ts";

const SLAVES = gauge("node_bonding_slaves", "Number of configured slaves per bonding interface.", ["master"]);
const ACTIVE = gauge("node_bonding_active", "Number of active slaves per bonding interface.", ["master"]);

/** Characters in a device's name (`IFNAMSIZ` of the kernel, without the zero at its end). */
const LONGEST_NAME = 15;

/** Devices that bonds are made of, and how many of them have a link, from sysfs. Hosts without bonds have no data. */
export function bonding(): Collector<HostSource> {
  return {
    name: "bonding",
    metrics: () => [SLAVES, ACTIVE],
    collect({ paths }) {
      const folder = `${paths.sysfs}/class/net`;
      const masters = readTextIfPresent(`${folder}/bonding_masters`);
      if (masters === undefined) throw new NoData(`No bonds: no ${folder}/bonding_masters`);
      return deviceNames(masters, "bonding_masters").flatMap((master) => bondSamples(folder, master));
    },
  };
}

/** Names of devices in a text; they become parts of paths. */
function deviceNames(text: string, path: string): string[] {
  const names = fields(text);
  const wrong = names.find((name) => name.length > LONGEST_NAME || name.includes("/"));
  if (wrong !== undefined) throw new SyntaxError(`Cannot parse ${path}: found "${wrong.slice(0, LONGEST_NAME)}"`);
  return names;
}

function bondSamples(folder: string, master: string): Sample[] {
  const slaves = deviceNames(readText(`${folder}/${master}/bonding/slaves`), "slaves");
  const active = slaves.filter((slave) => miiStatus(`${folder}/${master}`, slave) === "up").length;
  const labels = SLAVES.labels({ master });
  return [SLAVES.sample(slaves.length, labels), ACTIVE.sample(active, labels)];
}

/** The link of a bond's device as the bond sees it; kernels before 3.13 have it in a folder of another name. */
function miiStatus(folder: string, slave: string): string {
  const status = readTextOrAbsent(`${folder}/lower_${slave}/bonding_slave/mii_status`);
  return (status ?? readText(`${folder}/slave_${slave}/bonding_slave/mii_status`)).trim();
}
