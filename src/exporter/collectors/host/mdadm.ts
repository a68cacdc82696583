import { type Collector, NoData } from "../../collector.ts";
import { gauge, type Sample } from "../../metric.ts";
import { namesIn, readTextIfPresent } from "./files.ts";
import { filled } from "./filled.ts";
import { type MdArray, parseMdstat } from "./mdstat.ts";
import { unsigned } from "./parse.ts";
import type { HostSource } from "./source.ts";
import { attributeIfPresent } from "./sysfs.ts";

const ofDevice = (name: string, help: string) => gauge(`node_md_${name}`, help, ["device"]);

const STATE = gauge("node_md_state", "Indicates the state of md-device.", ["device", "state"]);
const DISKS = gauge("node_md_disks", "Number of active/failed/spare disks of device.", ["device", "state"]);
const REQUIRED = ofDevice("disks_required", "Total number of disks of device.");
const BLOCKS = ofDevice("blocks", "Total number of blocks on device.");
const SYNCED = ofDevice("blocks_synced", "Number of blocks synced on device.");
const RAID_DISKS = ofDevice("raid_disks", "Number of raid disks on device.");
const DEGRADED = ofDevice("degraded", "Number of degraded disks on device.");

/** Value of the label `state` by the activity that it stands for. */
const STATES = [
  ["active", "active"],
  ["inactive", "inactive"],
  ["recovering", "recovering"],
  ["resync", "resyncing"],
  ["check", "checking"],
] as const;

/** Levels whose arrays hold no disk of their own. */
const WITHOUT_DISKS = new Set(["container", "imsm", "ddf", ""]);

/** Software RAID, from `mdstat` in procfs and from sysfs (the kernel's Documentation/admin-guide/md.rst). */
export function mdadm(): Collector<HostSource> {
  return {
    name: "mdadm",
    metrics: () => [STATE, DISKS, REQUIRED, BLOCKS, SYNCED, RAID_DISKS, DEGRADED],
    collect({ paths }) {
      const text = readTextIfPresent(`${paths.procfs}/mdstat`);
      if (text === undefined) throw new NoData("no mdstat");
      return filled((samples) => {
        for (const array of parseMdstat(text)) samples.push(...arraySamples(array));
        for (const name of namesIn(`${paths.sysfs}/block`)) {
          if (name.startsWith("md")) addSysfs(samples, `${paths.sysfs}/block/${name}/md`, name);
        }
      });
    },
  };
}

function arraySamples({ device, activity, disks, blocks, blocksSynced }: MdArray): Sample[] {
  const labels = REQUIRED.labels({ device });
  return [
    REQUIRED.sample(disks.required, labels),
    DISKS.sample(disks.active, { device, state: "active" }),
    DISKS.sample(disks.failed, { device, state: "failed" }),
    DISKS.sample(disks.spare, { device, state: "spare" }),
    ...STATES.map(([state, meant]) => STATE.sample(Number(activity === meant), { device, state })),
    BLOCKS.sample(blocks, labels),
    SYNCED.sample(blocksSynced, labels),
  ];
}

/** A level without redundancy has no file `degraded`, and none of its disks can be missing. */
function addSysfs(samples: Sample[], folder: string, device: string): void {
  const level = attributeIfPresent(`${folder}/level`);
  if (level === undefined) return;
  const labels = DEGRADED.labels({ device });
  // While an array changes its shape, "raid_disks" is such as "11 (10)": what it will have, and what it had.
  const [disks = ""] = (attributeIfPresent(`${folder}/raid_disks`) ?? "").split(" ");
  if (!WITHOUT_DISKS.has(level) && /^\d+$/.test(disks)) samples.push(RAID_DISKS.sample(Number(disks), labels));
  const degraded = /^raid([1456]|10)$/.test(level) ? attributeIfPresent(`${folder}/degraded`) : "0";
  if (degraded !== undefined) samples.push(DEGRADED.sample(unsigned(degraded, `${folder}/degraded`), labels));
}
