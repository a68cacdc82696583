import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** How much of each kind a made-up host has. */
export interface HostSize {
  readonly cpus: number;
  readonly mounts: number;
  readonly interfaces: number;
}

/** A host made of files, which is gone with its scope. */
export interface HostTree extends Disposable {
  /** Flags that both programs take. */
  readonly flags: readonly string[];
}

/** Writes /proc, /sys and mount points of a host of this size. */
export function makeHost(size: HostSize): HostTree {
  const root = mkdtempSync(join(tmpdir(), "tsmon-bench-host-"));
  for (const [path, text] of files(size)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  for (let i = 0; i < size.mounts; i++) mkdirSync(join(root, `rootfs/mnt/volume${i}`), { recursive: true });
  mkdirSync(join(root, "udev"));
  const flags = Object.entries({ procfs: "proc", sysfs: "sys", rootfs: "rootfs", "udev.data": "udev" });
  return {
    flags: flags.map(([flag, folder]) => `--path.${flag}=${join(root, folder)}`),
    [Symbol.dispose]: () => rmSync(root, { recursive: true, force: true }),
  };
}

function* files({ cpus, mounts, interfaces }: HostSize): Generator<[path: string, text: string]> {
  yield ["proc/stat", statText(cpus)];
  yield ["proc/cpuinfo", times(cpus, cpuinfoText)];
  yield [
    "proc/schedstat",
    `version 16\ntimestamp 4300000000\n${times(cpus, (i) => `cpu${i} 0 0 0 0 0 0 ${i}81 9${i} 77\n`)}`,
  ];
  yield [
    "proc/net/softnet_stat",
    times(cpus, (i) => `${"0000a1b2 ".repeat(12)}${i.toString(16).padStart(8, "0")} 00000000 00000000\n`),
  ];
  yield ["proc/1/mountinfo", times(mounts, mountText)];
  yield ["proc/net/dev", `Inter-|   Receive\n face |bytes\n${times(interfaces, deviceText)}`];
  yield ["proc/loadavg", "0.10 0.20 0.30 1/200 4242\n"];
  yield ["proc/meminfo", "MemTotal: 16384 kB\nMemFree: 8192 kB\n"];
  for (let i = 0; i < cpus; i++) yield* cpuFiles(i);
  for (let i = 0; i < interfaces; i++) yield* interfaceFiles(i);
}

function times(count: number, text: (i: number) => string): string {
  return Array.from({ length: count }, (_, i) => text(i)).join("");
}

function statText(cpus: number): string {
  const line = (name: string, i: number) => `${name} ${i}1234 ${i}56 7890${i} 123456${i} 78 0 9 0 0 0\n`;
  const interrupts = " 12".repeat(cpus * 16);
  return `${line("cpu ", 1)}${times(cpus, (i) => line(`cpu${i}`, i))}intr 99999${interrupts}\nctxt 12345\nbtime 1790000000\nprocesses 999\nprocs_running 1\nprocs_blocked 0\nsoftirq 45 1 2 3 4 5 6 7 8 9 0\n`;
}

function cpuinfoText(i: number): string {
  return `processor\t: ${i}\nvendor_id\t: GenuineIntel\nmodel name\t: Some CPU\ncpu MHz\t\t: 2400.00\nphysical id\t: 0\ncore id\t\t: ${i}\nflags\t\t: fpu vme de\n\n`;
}

function mountText(i: number): string {
  return `${i + 30} 29 259:${i} / /mnt/volume${i} rw,relatime shared:${i} - ext4 /dev/sd${i} rw\n`;
}

function deviceText(i: number): string {
  return `veth${i}: ${i}123456 ${i}99 0 0 0 0 0 0 654321${i} 77 0 0 0 0 0 0\n`;
}

function* cpuFiles(i: number): Generator<[string, string]> {
  const folder = `sys/devices/system/cpu/cpu${i}`;
  yield [`${folder}/topology/core_id`, `${i}\n`];
  yield [`${folder}/topology/physical_package_id`, "0\n"];
  yield [`${folder}/thermal_throttle/core_throttle_count`, "0\n"];
  yield [`${folder}/thermal_throttle/package_throttle_count`, "0\n"];
  const frequencies = { cpuinfo_min_freq: 800, cpuinfo_max_freq: 3400, scaling_min_freq: 800, scaling_max_freq: 3400 };
  for (const [name, megahertz] of Object.entries(frequencies)) yield [`${folder}/cpufreq/${name}`, `${megahertz}000\n`];
  yield [`${folder}/cpufreq/scaling_cur_freq`, "2400000\n"];
  yield [`${folder}/cpufreq/scaling_governor`, "powersave\n"];
  yield [`${folder}/cpufreq/scaling_available_governors`, "performance powersave\n"];
  yield [`${folder}/cpufreq/scaling_driver`, "intel_pstate\n"];
  yield [`${folder}/cpufreq/related_cpus`, `${i}\n`];
}

/** Files of a network device with their usual texts. */
const INTERFACE_FILES = {
  ...{ address: "02:00:00:00:00:01", broadcast: "ff:ff:ff:ff:ff:ff", duplex: "full", operstate: "up", ifalias: "" },
  ...{ addr_assign_type: "3", carrier: "1", carrier_changes: "2", carrier_up_count: "1", carrier_down_count: "1" },
  ...{ dev_id: "0x0", dormant: "0", flags: "0x1003", ifindex: "7", iflink: "8", link_mode: "0", mtu: "1500" },
  ...{ name_assign_type: "4", netdev_group: "0", speed: "10000", tx_queue_len: "1000", type: "1" },
};

function* interfaceFiles(i: number): Generator<[string, string]> {
  for (const [name, text] of Object.entries(INTERFACE_FILES)) yield [`sys/class/net/veth${i}/${name}`, `${text}\n`];
}
