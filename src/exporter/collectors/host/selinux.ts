import type { Collector } from "../../collector.ts";
import { gauge } from "../../metric.ts";
import { readText, readTextIfPresent } from "./files.ts";
import { parseMountInfo, unescapeOctal } from "./mountinfo.ts";
import type { HostPaths, HostSource } from "./source.ts";

const CONFIG_MODE = gauge("node_selinux_config_mode", "Configured SELinux enforcement mode");
const CURRENT_MODE = gauge("node_selinux_current_mode", "Current SELinux enforcement mode");
const ENABLED = gauge("node_selinux_enabled", "SELinux is enabled, 1 is true, 0 is false");

/** Value of a mode that cannot be read, as node_exporter has it. */
const NO_MODE = -1;

/** Whether SELinux is on, and its modes: 1 enforcing, 0 permissive. It is asked of this process's own system. */
export function selinux(): Collector<HostSource> {
  // Nothing short of a reboot turns it on or off.
  let mountPoint: string | false | undefined;
  return {
    name: "selinux",
    metrics: () => [CONFIG_MODE, CURRENT_MODE, ENABLED],
    collect({ paths, ownPaths }) {
      mountPoint ??= selinuxMountPoint(ownPaths) ?? false;
      if (mountPoint === false) return [ENABLED.sample(0)];
      const config = readTextIfPresent(`${paths.rootfs.replace(/\/$/, "")}/etc/selinux/config`);
      return [
        ENABLED.sample(1),
        CONFIG_MODE.sample(configMode(config ?? "")),
        CURRENT_MODE.sample(enforceMode(mountPoint)),
      ];
    },
  };
}

/** Where selinuxfs is mounted with the right to write; undefined where it is not, or where no policy is loaded. */
function selinuxMountPoint({ procfs }: Pick<HostPaths, "procfs">): string | undefined {
  const text = readTextIfPresent(`${procfs}/self/mountinfo`);
  if (!text?.includes(" - selinuxfs ")) return undefined;
  const mount = parseMountInfo(text).find(({ fsType, isReadOnly }) => fsType === "selinuxfs" && !isReadOnly);
  if (!mount) return undefined;
  // Every process is labelled "kernel" until a policy is loaded.
  return currentLabel(procfs) === "kernel" ? undefined : unescapeOctal(mount.mountPoint);
}

function currentLabel(procfs: string): string {
  try {
    return readText(`${procfs}/thread-self/attr/current`).replace(/\0$/, "");
  } catch {
    return "";
  }
}

function enforceMode(mountPoint: string): number {
  try {
    const text = readText(`${mountPoint}/enforce`);
    return /^\d+$/.test(text) ? Number(text) : NO_MODE;
  } catch {
    return NO_MODE;
  }
}

/** Mode after the next boot, as selinux_config(5) says: 1 for enforcing, 0 for permissive, -1 for disabled. */
export function configMode(text: string): number {
  for (const line of text.split("\n")) {
    const [, value] = /^\s*SELINUX=(.*?)\s*$/.exec(line) ?? [];
    if (value === undefined) continue;
    const mode = value.replace(/^"+|"+$/g, "");
    return mode === "enforcing" ? 1 : mode === "permissive" ? 0 : NO_MODE;
  }
  return NO_MODE;
}
