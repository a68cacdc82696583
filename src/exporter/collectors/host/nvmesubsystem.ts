import { existsSync } from "node:fs";
import { type Collector, NoData } from "../../collector.ts";
import { gauge, type Sample } from "../../metric.ts";
import { isAbsence, namesIn } from "./files.ts";
import type { HostSource } from "./source.ts";
import { attribute, isForbidden, namesOrNoData } from "./sysfs.ts";

const INFO = gauge("node_nvmesubsystem_info", "Non-numeric information about an NVMe subsystem.", [
  "subsystem",
  "nqn",
  "model",
  "serial",
  "iopolicy",
]);
const NAMESPACE = gauge("node_nvmesubsystem_namespace_info", "Maps an NVMe namespace block device to its subsystem.", [
  "subsystem",
  "device",
]);
const PATHS = gauge("node_nvmesubsystem_paths", "Number of controller paths for an NVMe subsystem.", ["subsystem"]);
const PATHS_LIVE = gauge(
  "node_nvmesubsystem_paths_live",
  "Number of controller paths in live state for an NVMe subsystem.",
  ["subsystem"],
);
const PATH_STATE = gauge(
  "node_nvmesubsystem_path_state",
  "Current NVMe controller path state (1 for the current state, 0 for all others).",
  ["subsystem", "controller", "transport", "state"],
);

/** States of a controller (the kernel's nvme_ctrl_state_name), and what any other is. */
const STATES = ["connecting", "dead", "deleting", "live", "new", "resetting", "unknown"];

/** NVMe subsystems and the controllers by which they are reached, from sysfs. */
export function nvmesubsystem(): Collector<HostSource> {
  return {
    name: "nvmesubsystem",
    metrics: () => [INFO, NAMESPACE, PATHS, PATHS_LIVE, PATH_STATE],
    collect({ paths }) {
      const folder = `${paths.sysfs}/class/nvme-subsystem`;
      try {
        const names = namesOrNoData(folder, "no NVMe subsystems").filter((name) => name.startsWith("nvme-subsys"));
        return names.flatMap((name) => subsystemSamples(`${folder}/${name}`, name));
      } catch (error) {
        // Kernels without multipath have no I/O policy, and are none of this collector's.
        if (isAbsence(error) || isForbidden(error)) throw new NoData((error as Error).message, { cause: error });
        throw error;
      }
    },
  };
}

function subsystemSamples(folder: string, subsystem: string): Sample[] {
  const word = (file: string) => attribute(`${folder}/${file}`);
  const [nqn, model, serial, iopolicy] = [word("subsysnqn"), word("model"), word("serial"), word("iopolicy")];
  const samples = [INFO.sample(1, { subsystem, nqn, model, serial, iopolicy })];
  const names = namesIn(folder);
  for (const device of names)
    if (/^nvme\d+n\d+$/.test(device)) samples.push(NAMESPACE.sample(1, { subsystem, device }));
  const controllers = names.filter((name) => /^nvme\d+$/.test(name));
  let live = 0;
  for (const controller of controllers) {
    const current = toState(word(`${controller}/state`));
    const transport = word(`${controller}/transport`);
    if (!existsSync(`${folder}/${controller}/address`)) throw new NoData(`no address of ${controller}`);
    live += Number(current === "live");
    for (const state of STATES) {
      samples.push(PATH_STATE.sample(Number(state === current), { subsystem, controller, transport, state }));
    }
  }
  samples.push(PATHS.sample(controllers.length, { subsystem }), PATHS_LIVE.sample(live, { subsystem }));
  return samples;
}

function toState(text: string): string {
  if (text === "deleting (no IO)") return "deleting";
  return STATES.includes(text) ? text : "unknown";
}
