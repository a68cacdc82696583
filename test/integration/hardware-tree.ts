import { mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname } from "node:path";

const UUID = "0abb23a9-579b-43e6-ad30-227ef47fcb9d";

/** Numbers of a file of kernel statistics, below their headings. */
const kstat = (lines: string) => `12 1 0x01 2 3 4 5\nname                            type data\n${lines}`;

/** Texts by path, of hardware that no one machine has. */
const FILES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "proc/sys/kernel": { hung_task_detect_count: "2\n" },
  proc: {
    mdstat: `Personalities : [raid1] [raid5] [raid0]
md0 : active raid1 sda1[0] sdb1[1](F) sdc1[2](S)
      1048 blocks super 1.2 [2/1] [U_]
      [=>...................]  recovery =  8.5% (17/200) finish=259.9min speed=26244K/sec

md1 : active raid0 sdd1[0] sde1[1]
      2096 blocks super 1.2 512k chunks

unused devices: <none>
`,
  },
  "sys/block/md0/md": {
    ...{ level: "raid1\n", array_state: "clean\n", metadata_version: "1.2\n", raid_disks: "2\n", uuid: "a\n" },
    ...{ degraded: "1\n", sync_action: "recover\n", sync_completed: "34 / 400\n" },
  },
  "proc/spl/kstat/zfs": { arcstats: kstat("hits 4 9007199254740993\nfree 3 -5\n"), zil: kstat("zil-itx_count 4 1\n") },
  "proc/spl/kstat/zfs/tank": { state: "DEGRADED\n", "objset-0x36": kstat("dataset_name 7 tank/a b\nwrites 4 3\n") },
  [`sys/fs/btrfs/${UUID}`]: {
    ...{ label: "backup\n", metadata_uuid: `${UUID}\n`, "features/raid56": "1\n", "devices/sda/size": "4\n" },
    ...{ "devices/sdb/size": "8\n", "devices/sdc/size": "2\n", "allocation/global_rsv_size": "16777216\n" },
    ...{ "allocation/data/bytes_reserved": "7\n", "allocation/data/raid5/used_bytes": "5\n" },
    ...{ "allocation/data/raid5/total_bytes": "9\n", "allocation/metadata/bytes_reserved": "0\n" },
    ...{ "allocation/system/bytes_reserved": "0\n" },
    commit_stats: "commits 3\nlast_commit_ms 20\nmax_commit_ms 1500\ntotal_commit_ms 9\n",
  },
  [`sys/fs/bcachefs/${UUID}`]: {
    ...{
      btree_cache_size: "2.05G\n",
      errors: "bset_bad_csum  2  1767112063\n",
      "counters/io-move": "since mount: 1\n",
    },
    compression_stats: "type compressed uncompressed\nlz4 48.9G 71.2G 62.5k\n",
    ...{ btree_write_stats: "  nr size\ninitial: 3 28.2k\n", "dev-0/label": "ssd\n", "dev-0/state": "rw\n" },
    ...{ "dev-0/bucket_size": "512k\n", "dev-0/nbuckets": "8\n", "dev-0/durability": "1\n" },
    ...{ "dev-0/io_done": "read:\nsb   :  1\n", "dev-0/io_errors": "IO errors since filesystem creation\n  read: 4\n" },
  },
  "sys/devices/system/cpu": { offline: "2-3\n", "cpu2/cpufreq/scaling_cur_freq": "1\n" },
  "sys/devices/system/cpu/cpufreq/policy0": {
    ...{ cpuinfo_min_freq: "600000\n", cpuinfo_max_freq: "1800000\n", scaling_cur_freq: "1500000\n" },
    ...{ scaling_min_freq: "600000\n", scaling_max_freq: "1800000\n", scaling_setspeed: "<unsupported>\n" },
    ...{ scaling_available_governors: "conservative ondemand \n", scaling_governor: "ondemand\n" },
    ...{ scaling_driver: "cpufreq-dt\n", related_cpus: "0 1\n" },
  },
  "sys/devices/system/edac/mc/mc0": {
    ...{ ce_count: "1\n", ce_noinfo_count: "2\n", ue_count: "5\n", ue_noinfo_count: "6\n", "csrow0/ce_count": "3\n" },
    ...{ "csrow0/ue_count": "4\n", "csrow0/ch0_ce_count": "7\n", "csrow0/ch0_ue_count": "8\n" },
    ...{ "csrow0/ch0_dimm_label": "mc#0csrow#0channel#0\n", "csrow0/ch1_ce_count": "9\n" },
  },
  "sys/class/dmi/id": { sys_vendor: "Acme \n", product_name: 'Box "3"\n', board_serial: "\n", chassis_type: "3\n" },
  "sys/class/nvme/nvme0": {
    ...{ firmware_rev: "1B2\n", model: "Disk 9   \n", serial: " S1\n", state: "live\n", cntlid: "4\n" },
    ...{ "nvme0n1/size": "100\n", "nvme0n1/nuse": "50\n", "nvme0n1/queue/logical_block_size": "512\n" },
  },
  "sys/class/power_supply/BAT0": {
    ...{ capacity: "81\n", cycle_count: "0\n", current_now: "-520000\n", temp: "315\n", status: "Discharging\n" },
    ...{ serial_number: " \n", technology: "Li-ion\n", energy_now: "36580000\n" },
  },
  "sys/class/powercap": {
    ...{ "intel-rapl:0/name": "package-1\n", "intel-rapl:0/energy_uj": "2500000\n", "intel-rapl/enabled": "1\n" },
    ...{ "intel-rapl:0/max_energy_range_uj": "9\n", "intel-rapl:0:0/name": "dram\n" },
    ...{ "intel-rapl:0:0/energy_uj": "1000000\n", "intel-rapl:0:0/max_energy_range_uj": "9\n" },
  },
  "sys/class/scsi_tape/st0/stats": {
    ...{ in_flight: "1\n", io_ns: "9247011087720\n", other_cnt: "1409\n", read_byte_cnt: "979383912\n" },
    ...{ read_cnt: "3741\n", read_ns: "33788355744\n", resid_cnt: "19\n", write_byte_cnt: "1496246784000\n" },
    ...{ write_cnt: "53772916\n", write_ns: "5233597394395\n" },
  },
  "sys/class/thermal/thermal_zone0": { type: "cpu-thermal\n", policy: "step_wise\n", temp: "49925\n" },
  "sys/class/thermal/cooling_device0": { type: "powerclamp\n", max_state: "50\n", cur_state: "-1\n" },
  "sys/class/watchdog/watchdog0": { bootstatus: "1\n", timeleft: "300\n", timeout: "60\n", identity: "Soft\n" },
  "sys/devices/platform/coretemp.0/hwmon/hwmon0": {
    ...{ name: "coretemp\n", temp1_label: "Package id 0\n", temp1_input: "45000\n", temp1_crit_alarm: "0\n" },
    ...{ power1_average: "3500000\n", energy1_input: "9\n", fan1_input: "900\n", in0_max: "1744\n", pwm1: "255\n" },
    ...{ freq1_input: "214000000\n", freq1_label: "sclk\n", update_interval: "1000\n", humidity1_input: "x\n" },
  },
  "sys/block/dm-5": { "dm/name": "mpathA\n", "dm/uuid": "mpath-36\n", "dm/suspended": "0\n", size: "4\n" },
  "sys/block/dm-5/slaves": { "sda/x": "", "sdb/x": "" },
  "sys/block": { "sda/device/state": "running\n", "sdb/device/state": "offline\n" },
};

const LINKS: Readonly<Record<string, string>> = {
  "sys/devices/system/cpu/cpu0/cpufreq": "../cpufreq/policy0",
  "sys/devices/system/cpu/cpu1/cpufreq": "../cpufreq/policy0",
  "sys/class/hwmon/hwmon0": "../../devices/platform/coretemp.0/hwmon/hwmon0",
  "sys/devices/platform/coretemp.0/hwmon/hwmon0/device": "../../../coretemp.0",
};

/** Makes a host with `proc` and `sys` in a temporary folder, and returns that. */
export function makeHardwareTree(): string {
  const root = mkdtempSync(`${tmpdir()}/tsmon-hardware-`);
  const makeFolder = (path: string) => mkdirSync(dirname(path), { recursive: true });
  for (const [folder, files] of Object.entries(FILES)) {
    for (const [file, text] of Object.entries(files)) {
      makeFolder(`${root}/${folder}/${file}`);
      writeFileSync(`${root}/${folder}/${file}`, text);
    }
  }
  for (const [path, target] of Object.entries(LINKS)) {
    makeFolder(`${root}/${path}`);
    symlinkSync(target, `${root}/${path}`);
  }
  return root;
}
