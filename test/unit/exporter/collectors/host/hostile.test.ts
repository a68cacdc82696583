import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import type * as z from "zod/mini";
import { type Collector, NoData } from "../../../../../src/exporter/collector.ts";
import type { HostSource } from "../../../../../src/exporter/collectors/host/source.ts";
import { HOST_COLLECTORS } from "../../../../../src/exporter/collectors/host/table.ts";
import { FIXTURE_HOST, settingsOf } from "./fixture-source.ts";
import { treeSource } from "./tree-source.ts";

/** Files that are cut and bent below, by the collector that reads them. */
const FILES = {
  arp: ["proc/net/arp"],
  bonding: ["sys/class/net/bonding_masters"],
  buddyinfo: ["proc/buddyinfo"],
  cgroups: ["proc/cgroups"],
  conntrack: ["proc/net/stat/nf_conntrack", "proc/sys/net/netfilter/nf_conntrack_count"],
  interrupts: ["proc/interrupts"],
  ipvs: ["proc/net/ip_vs_stats", "proc/net/ip_vs"],
  lnstat: ["proc/net/stat/arp_cache"],
  meminfo_numa: ["sys/devices/system/node/node0/meminfo", "sys/devices/system/node/node0/numastat"],
  mountstats: ["proc/self/mountstats", "proc/self/mountinfo"],
  netstat: ["proc/net/netstat", "proc/net/snmp", "proc/net/snmp6"],
  nfs: ["proc/net/rpc/nfs"],
  nfsd: ["proc/net/rpc/nfsd"],
  slabinfo: ["proc/slabinfo"],
  sockstat: ["proc/net/sockstat", "proc/net/sockstat6"],
  softnet: ["proc/net/softnet_stat"],
  softirqs: ["proc/softirqs"],
  swap: ["proc/swaps"],
  tcpstat: ["proc/net/tcp", "proc/net/tcp6"],
  udp_queues: ["proc/net/udp", "proc/net/udp6"],
  xfrm: ["proc/net/xfrm_stat"],
  xfs: ["sys/fs/xfs/nvme0n1p2/stats/stats"],
  zoneinfo: ["proc/zoneinfo"],
} as const;

const TRUNCATIONS = 40;

/** A text as it must not be. */
function bent(text: string): string[] {
  const cut = Array.from({ length: TRUNCATIONS }, (_, i) => text.slice(0, Math.floor((text.length * i) / TRUNCATIONS)));
  return [
    ...cut,
    text.replaceAll("\n", ""),
    text.replaceAll(" ", ""),
    text.replaceAll(":", ""),
    text.replace(/\d/g, "x"),
    text.replace(/\d+/g, (digits) => digits.repeat(30)),
    text + text,
    `${text}\0\0\0\n`,
    "\n".repeat(1000),
    "x".repeat(100_000),
    "\u{FFFD}\u{1F600} : -> 0x\n",
  ];
}

describe("HOST_COLLECTORS with texts that no kernel writes", () => {
  for (const [name, paths] of Object.entries(FILES)) {
    test(`${name} has finite values or says what is wrong`, async () => {
      const row = HOST_COLLECTORS.find((row) => row.name === name)!;
      const create = row.create as (settings: unknown) => Collector<HostSource>;
      const collector = create(settingsOf(row.settings as z.core.$ZodShape));
      const whole = Object.fromEntries(paths.map((path) => [path, readFileSync(`${FIXTURE_HOST}/${path}`, "utf8")]));
      for (const path of paths) {
        for (const text of bent(whole[path]!)) {
          const source = treeSource({ ...whole, [path]: text });
          try {
            for (const { value } of await collector.collect(source)) assert.ok(!Number.isNaN(value));
          } catch (error) {
            const { message } = error as Error;
            const isSaid = error instanceof NoData || /^Cannot (parse|read|define) /.test(message);
            assert.ok(isSaid && message.length < 300, `${JSON.stringify(text.slice(0, 200))}: ${error}`);
          }
        }
      }
    });
  }
});
