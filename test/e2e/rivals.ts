import assert from "node:assert/strict";
import { eventually } from "../lab/eventually.ts";
import type { Prometheus, Target } from "../lab/prometheus.ts";

const SHARDS = [0, 1, 2];
/** Many addresses of few devices, so that each shard has some. */
const PORTS = Array.from({ length: 20 }, (_, i) => `port=${9100 + i}`).join("&");

/** A device of the tailnet. */
export interface RivalDevice {
  readonly ip: string;
  readonly hostname: string;
  readonly name: string;
}

/**
 * Configurations from the READMEs of tailmon and tailscalesd, with our URL and shorter intervals, and ours beside
 * Prometheus's own sharding.
 *
 * @param discover Where discover answers.
 */
export function rivalsConfig(discover: string): string {
  const often = { scrape_interval: "1s", scrape_timeout: "1s" };
  const seldom = { scrape_interval: "1h" };
  const from = (path: string) => ({ http_sd_configs: [{ url: `${discover}${path}`, refresh_interval: "1s" }] });
  const names = [
    { source_labels: ["__meta_tailscale_device_hostname"], target_label: "tailscale_hostname" },
    { source_labels: ["__meta_tailscale_device_name"], target_label: "tailscale_name" },
  ];
  const tailmon = {
    job_name: "tailnet",
    ...often,
    ...from("/"),
    relabel_configs: [
      { source_labels: ["__meta_tailmon_exporter_name"], target_label: "job" },
      { source_labels: ["__meta_tailmon_node_name"], target_label: "node" },
    ],
  };
  const nodeExporters = {
    job_name: "tailscale-node-exporter",
    ...seldom,
    ...from("/sd/tailscalesd"),
    relabel_configs: [
      ...names,
      { source_labels: ["__address__"], regex: "(.*)", replacement: "$1:9100", target_label: "__address__" },
    ],
  };
  const prober = {
    job_name: "tailscale-prober",
    metrics_path: "/probe",
    params: { module: ["icmp"] },
    ...seldom,
    ...from("/sd/tailscalesd"),
    relabel_configs: [
      { source_labels: ["__address__"], target_label: "__param_target" },
      { source_labels: ["__param_target"], target_label: "instance" },
      ...names,
      { target_label: "__address__", replacement: "127.0.0.1:9115" },
    ],
  };
  const shards = SHARDS.flatMap((shard) => [
    {
      job_name: `hashmod-${shard}`,
      ...seldom,
      ...from(`/sd/devices?${PORTS}`),
      relabel_configs: [
        { source_labels: ["__address__"], modulus: SHARDS.length, target_label: "__tmp_shard", action: "hashmod" },
        { source_labels: ["__tmp_shard"], regex: `${shard}`, action: "keep" },
      ],
    },
    { job_name: `shard-${shard}`, ...seldom, ...from(`/sd/devices?${PORTS}&shard=${shard}&of=${SHARDS.length}`) },
  ]);
  return JSON.stringify({ scrape_configs: [tailmon, nodeExporters, prober, ...shards] }); // JSON is YAML
}

/** Fails unless a Prometheus with the {@linkcode rivalsConfig} has the targets that it had with tailmon and tailscalesd. */
export async function assertRivals(prometheus: Prometheus, agents: readonly string[], devices: readonly RivalDevice[]) {
  const all = async () => Map.groupBy(await prometheus.targets(), ({ scrapePool }) => scrapePool);
  const pools = await eventually(
    "every device in every pool",
    async () => {
      const pools = await all();
      const have = (pool: string) => pools.get(pool)?.length ?? 0;
      const sharded = SHARDS.reduce((sum, shard) => sum + have(`hashmod-${shard}`), 0);
      const tailscalesd = ["tailscale-node-exporter", "tailscale-prober"].every(
        (pool) => have(pool) === devices.length,
      );
      const isUp = pools.get("tailnet")?.every(({ health }) => health === "up");
      return sharded === devices.length * 20 && tailscalesd && isUp && pools;
    },
    60,
  );
  const of = (pool: string, what: (target: Target) => string) => (pools.get(pool) ?? []).map(what).sort();
  assert.deepEqual(
    of("tailnet", ({ labels: { node, job } }) => `${node} ${job}`),
    [...agents].sort(),
  );
  const named = ({ labels: { tailscale_hostname: hostname, tailscale_name: name } }: Target) => `${hostname} ${name}`;
  assert.deepEqual(
    of("tailscale-node-exporter", (target) => `${target.scrapeUrl} ${named(target)}`),
    devices.map(({ ip, hostname, name }) => `http://${ip}:9100/metrics ${hostname} ${name}`).sort(),
  );
  assert.deepEqual(
    of("tailscale-prober", (target) => `${target.scrapeUrl} ${target.labels.instance} ${named(target)}`),
    devices
      .map(({ ip, hostname, name }) => {
        return `http://127.0.0.1:9115/probe?module=icmp&target=${ip} ${ip} ${hostname} ${name}`;
      })
      .sort(),
  );
  for (const shard of SHARDS) {
    const theirs = of(`hashmod-${shard}`, ({ scrapeUrl }) => scrapeUrl);
    assert.ok(theirs.length > 0);
    await eventually(
      `the targets of shard ${shard}`,
      async () => (await all()).get(`shard-${shard}`)?.length === theirs.length,
    );
    const ours = ((await all()).get(`shard-${shard}`) ?? []).map(({ scrapeUrl }) => scrapeUrl).sort();
    assert.deepEqual(ours, theirs);
  }
}
