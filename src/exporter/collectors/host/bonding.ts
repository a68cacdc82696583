import { type Collector, NoData } from "../../collector.ts";
import { gauge, type Sample } from "../../metric.ts";
import { readTextOrAbsent } from "./attribute.ts";
import { readText } from "./files.ts";
import { fields } from "./parse.ts";
import type { HostSource } from "./source.ts";

const SLAVES = gauge("node_bonding_slaves", "Number of configured slaves per bonding interface.", ["master"]);
const ACTIVE = gauge("node_bonding_active", "Number of active slaves per bonding interface.", ["master"]);

/** Devices that bonds are made of, and how many of them have a link, from sysfs. Hosts without bonds have no data. */
export function bonding(): Collector<HostSource> {
  return {
    name: "bonding",
    metrics: [SLAVES, ACTIVE],
    collect({ paths }) {
      const folder = `${paths.sysfs}/class/net`;
      const masters = readTextOrAbsent(`${folder}/bonding_masters`);
      if (masters === undefined) throw new NoData(`No bonds: no ${folder}/bonding_masters`);
      return fields(masters).flatMap((master) => bondSamples(folder, master));
    },
  };
}

function bondSamples(folder: string, master: string): Sample[] {
  const slaves = fields(readText(`${folder}/${master}/bonding/slaves`));
  const active = slaves.filter((slave) => miiStatus(`${folder}/${master}`, slave) === "up").length;
  const labels = SLAVES.labels({ master });
  return [SLAVES.sample(slaves.length, labels), ACTIVE.sample(active, labels)];
}

/** The link of a bond's device as the bond sees it; kernels before 3.13 have it in a folder of another name. */
function miiStatus(folder: string, slave: string): string {
  const status = readTextOrAbsent(`${folder}/lower_${slave}/bonding_slave/mii_status`);
  return (status ?? readText(`${folder}/slave_${slave}/bonding_slave/mii_status`)).trim();
}
