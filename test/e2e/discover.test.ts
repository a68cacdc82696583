import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import type { Group } from "../integration/discover/test-discover.ts";
import { eventually } from "../lab/eventually.ts";
import { type Lab, startLab } from "../lab/lab.ts";
import type { LabNode } from "../lab/node.ts";
import type { LabProcess } from "../lab/process.ts";
import { hasDebianPrometheus } from "../lab/programs.ts";
import type { Prometheus } from "../lab/prometheus.ts";
import { skipWithoutLab } from "../lab/skip.ts";
import { BINARY, seriesOf } from "./binary.ts";
import { assertRivals, rivalsConfig } from "./rivals.ts";

const TIMEOUT = { timeout: 180_000 };
/** For a test that may have to build programs first. */
const BUILD_TIMEOUT = { timeout: 1_800_000 };
const skip = skipWithoutLab();

const NODES = [{ name: "alpha" }, { name: "beta" }, { name: "gamma" }, { name: "delta", tun: false }] as const;
type Name = (typeof NODES)[number]["name"];
/** Jobs of Prometheus: by http_sd, and by file_sd from a file of each form. */
type Pool = "tsmon" | "json" | "yml";
/** An agent with an exporter besides itself: its own page once more. */
const AGENT = [BINARY, "agent", "postgres:5253/metrics"];
const EXPORTERS = ["postgres", "tsmon"];
const LIST = "http://127.0.0.1:5254/sd";

describe("tsmon discover on a real tailnet", { skip }, () => {
  let lab: Lab<Name>;
  let prometheus: Prometheus;
  /** Two of different ages: the lab's own, and Debian's. */
  let both: Prometheus[];
  let discover: LabProcess;
  let state: string;
  after(() => lab?.stop());

  const startAgent = async (node: LabNode) => {
    const options = join(lab.dir, "agent.yml");
    writeFileSync(options, "proxy.options: { postgres: { labels: { role: main } } }\n");
    const agent = node.exec([...AGENT, "--config.file", options]);
    await eventually(`the agent of ${node.name}`, () => agent.stderr.includes("Serving metrics on"));
    return agent;
  };
  const startDiscover = async (node: LabNode, ...flags: string[]) => {
    const started = node.exec([BINARY, "discover", "--refresh", "5s", "--state.dir", state, ...flags]);
    await eventually("the start line", () => started.stderr.includes("Serving targets on"));
    return started;
  };
  const list = async (query = "", node: LabNode = lab.nodes.alpha): Promise<Group[]> => {
    const response = await node.fetch(`${LIST}${query}`);
    if (response.status !== 200) throw new Error(`${response.status} ${await response.text()}`);
    return await response.json();
  };
  const nodesOf = (groups: readonly Group[]) =>
    [...new Set(groups.map(({ labels }) => labels.__meta_tailmon_node_name!))].sort().join();
  /** Nodes that Prometheus has as targets of a pool, each with both exporters. */
  const scraped = async (pool: Pool, by: Prometheus) => {
    const targets = (await by.targets()).filter(({ scrapePool }) => scrapePool === pool);
    const nodes = [...new Set(targets.map(({ labels }) => labels.node!))].sort();
    assert.equal(targets.length, nodes.length * EXPORTERS.length, "both exporters of each");
    return nodes.join();
  };
  const sees = async (want: string, pool: Pool = "tsmon", all: readonly Prometheus[] = both) => {
    for (const by of all) await eventually(`${want} in ${by.dir}`, async () => (await scraped(pool, by)) === want, 60);
  };
  const answerTo = async (promql: string, by = prometheus) => (await by.query(promql))[0]?.value;
  /** Prometheus asks every second, so it has asked at least twice by then. */
  const stillSees = async (want: string) => {
    const until = performance.now() + 3000;
    while (performance.now() < until) {
      for (const by of both) assert.equal(await scraped("tsmon", by), want, by.dir);
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
  };

  test("lists what agents advertise, and Prometheus scrapes it by http_sd and by file_sd", BUILD_TIMEOUT, async () => {
    lab = await startLab({ nodes: NODES });
    state = join(lab.dir, "state");
    mkdirSync(join(lab.dir, "sd"));
    for (const name of ["beta", "gamma", "delta"] as const) await startAgent(lab.nodes[name]);
    const { alpha } = lab.nodes;
    discover = await startDiscover(
      alpha,
      "--file-sd",
      `${lab.dir}/sd/all.json`,
      "--file-sd",
      `${lab.dir}/sd/all.yml`,
      "--file-sd",
      `${lab.dir}/sd/web.yml?tag=web`,
    );
    const config = await configOf(alpha, lab.dir);
    prometheus = await lab.startPrometheus(config, { node: alpha });
    both = [prometheus];
    if (hasDebianPrometheus) {
      const options = { node: alpha, program: "debianPrometheus", url: "http://127.0.0.1:9091" } as const;
      both.push(await lab.startPrometheus(config, options));
    }
    await sees("beta,delta,gamma");
    await sees("beta,delta,gamma", "json");
    await sees("beta,delta,gamma", "yml");
    for (const by of both) {
      await eventually("all up, and discover itself", async () => (await answerTo("sum(up)", by)) === 19, 60);
    }
    const name = `beta.${(await statusOf(alpha)).MagicDNSSuffix}`;
    const target = (await prometheus.targets()).find(({ labels }) => labels.instance === name)!;
    assert.equal(target.discoveredLabels.__address__, `${lab.nodes.beta.ip4}:5253`);
    for (const job of ['job="postgres",role="main"', 'job="tsmon"']) {
      const query = `up{${job},instance="${name}",node="beta"}`;
      await eventually(`${query} == 1`, async () => (await answerTo(query)) === 1);
    }
  });

  test("a node that joins is listed within a second of its being in the network map", TIMEOUT, async () => {
    const node = await lab.addNode({ name: "epsilon", up: false });
    await startAgent(node);
    const upMs = { map: 0, listed: 0, scraped: 0 };
    const up = node.up();
    await eventually("epsilon in the map", async () =>
      Object.values((await statusOf(lab.nodes.alpha)).Peer).some(({ HostName }) => HostName === "epsilon"),
    );
    upMs.map = performance.now();
    await eventually("epsilon listed", async () => nodesOf(await list()).includes("epsilon"));
    upMs.listed = performance.now();
    await eventually(
      "epsilon scraped",
      async () => (await prometheus.query('up{job="tsmon",node="epsilon"} == 1')).length > 0,
      60,
    );
    upMs.scraped = performance.now();
    await up;
    process.stderr.write(
      `join to listed ${Math.round(upMs.listed - upMs.map)} ms, to scraped ${Math.round(upMs.scraped - upMs.listed)} ms more\n`,
    );
    await sees("beta,delta,epsilon,gamma");
  });

  test("tags and names of a node follow what control says", TIMEOUT, async () => {
    await lab.control.set("beta", { tags: ["tag:web"] });
    await eventually("the tag", async () => nodesOf(await list("?tag=web")) === "beta");
    await eventually("the file", () => readFileSync(`${lab.dir}/sd/web.yml`, "utf8").includes("device_tag_web"));
    await lab.control.set("beta", { name: "beth" });
    await sees("beth,delta,epsilon,gamma");
    await lab.control.set("beth", { name: "beta" });
    await sees("beta,delta,epsilon,gamma");
  });

  test("what was made for tailmon and tailscalesd works unchanged, and shards are hashmod's", TIMEOUT, async () => {
    const { Self, Peer, MagicDNSSuffix } = await statusOf(lab.nodes.alpha);
    const devices = [Self, ...Object.values(Peer)].map(({ HostName, TailscaleIPs: [ip = ""] }) => {
      return { ip, hostname: HostName, name: `${HostName}.${MagicDNSSuffix}` };
    });
    const agents = ["beta", "delta", "epsilon", "gamma"].flatMap((node) => EXPORTERS.map((name) => `${node} ${name}`));
    const config = await configOf(lab.nodes.alpha, lab.dir);
    for (const by of both) {
      await by.reload(rivalsConfig("http://127.0.0.1:5254"));
      await assertRivals(by, agents, devices);
      await by.reload(config);
    }
    await sees("beta,delta,epsilon,gamma");
    await sees("beta,delta,epsilon,gamma", "yml");
  });

  test("beside a userspace tailscaled Prometheus scrapes through discover", TIMEOUT, async () => {
    const { delta } = lab.nodes;
    const own = await startDiscover(delta, "--state.dir", `${state}-delta`);
    const other = await lab.startPrometheus(await configOf(delta, lab.dir), { node: delta });
    await sees("beta,delta,epsilon,gamma", "tsmon", [other]);
    await eventually("all up", async () => (await answerTo('sum(up{job=~"tsmon|postgres"})', other)) === 8, 60);
    const [
      {
        targets: [address],
        labels,
      } = assert.fail(),
    ] = await list("?name=beta&exporter=tsmon", delta);
    assert.deepEqual([address, labels.instance], ["127.0.0.1:5254", `${lab.nodes.beta.ip4}:5253`]);
    await other.stop();
    assert.equal(await own.stop("SIGTERM"), 0, own.stderr);
  });

  test("a node that dies stays a target, which is down", TIMEOUT, async () => {
    await lab.nodes.gamma.kill();
    await eventually("gamma offline", async () => nodesOf(await list("?online=false")) === "gamma", 90);
    await eventually("gamma down", async () => (await prometheus.query('up{node="gamma"} == 0')).length > 0, 60);
    await stillSees("beta,delta,epsilon,gamma");
  });

  test("control out of reach costs no target", TIMEOUT, async () => {
    await lab.control.stop();
    await eventually("alpha offline", async () => (await statusOf(lab.nodes.alpha)).Self.Online === false, 60);
    await stillSees("beta,delta,epsilon,gamma");
    await lab.control.start();
    await eventually("alpha online", async () => (await statusOf(lab.nodes.alpha)).Self.Online === true, 60);
    await stillSees("beta,delta,epsilon,gamma");
  });

  test("a tailscaled that hangs, stops and starts costs no target", TIMEOUT, async () => {
    const { alpha } = lab.nodes;
    await alpha.signalTailscaled("SIGSTOP");
    await stillSees("beta,delta,epsilon,gamma");
    await alpha.signalTailscaled("SIGCONT");
    await alpha.stopTailscaled();
    await eventually("the warning", () => / warn Cannot read LocalAPI/.test(discover.stderr));
    await stillSees("beta,delta,epsilon,gamma");
  });

  test("started while tailscaled is down, it serves the last good list at once", TIMEOUT, async () => {
    const { alpha } = lab.nodes;
    assert.equal(await discover.stop("SIGTERM"), 0, discover.stderr);
    await stillSees("beta,delta,epsilon,gamma");
    discover = await startDiscover(alpha);
    assert.equal(nodesOf(await list()), "beta,delta,epsilon,gamma");
    assert.match(discover.stderr, / info Serving the list of an earlier run .*targets=8 ageSeconds=\d+/);
    await stillSees("beta,delta,epsilon,gamma");
    await alpha.startTailscaled();
    const success = 'tsmon_discover_source_success{source="local"}';
    await eventually(
      "tailscaled asked",
      async () => {
        return seriesOf(await (await alpha.fetch("http://127.0.0.1:5254/metrics")).text()).get(success) === 1;
      },
      60,
    );
    await stillSees("beta,delta,epsilon,gamma");
  });

  test("a killed discover leaves Prometheus its targets, and serves the same when it is back", TIMEOUT, async () => {
    assert.equal(await discover.stop("SIGKILL"), "SIGKILL");
    await stillSees("beta,delta,epsilon,gamma");
    discover = await startDiscover(lab.nodes.alpha);
    assert.equal(nodesOf(await list()), "beta,delta,epsilon,gamma");
  });

  test("a deleted node leaves", TIMEOUT, async () => {
    await lab.control.delete("epsilon");
    await sees("beta,delta,gamma");
  });

  test("nodes that vanish in large numbers are held back", TIMEOUT, async () => {
    for (const name of ["beta", "gamma", "delta"]) await lab.control.delete(name);
    await eventually("the warning", () => discover.stderr.includes("Many devices vanished at once"), 60);
    await eventually(
      "no peer in tailscaled",
      async () => Object.keys((await statusOf(lab.nodes.alpha)).Peer ?? {}).length === 0,
      60,
    );
    // Of what was seen to be gone at once, the first may have left in order.
    const kept = nodesOf(await list());
    assert.notEqual(kept, "");
    await sees(kept);
    await stillSees(kept);
  });
});

interface StatusAnswer {
  readonly MagicDNSSuffix: string;
  readonly Self: NodeAnswer;
  readonly Peer: Readonly<Record<string, NodeAnswer>>;
}

interface NodeAnswer {
  readonly HostName: string;
  readonly Online: boolean;
  readonly TailscaleIPs: readonly string[];
}

/** What tailscaled of a node says. */
async function statusOf(node: LabNode): Promise<StatusAnswer> {
  return await (await node.localApi("status")).json();
}

/** The configuration that tsmon itself makes, with shorter intervals, and file_sd besides. */
async function configOf(node: LabNode, dir: string): Promise<string> {
  const config = await node.namespace.run([BINARY, "generate", "prometheus"]);
  const files = ["json", "yml"].map(
    (form) => `
  - job_name: ${form}
    file_sd_configs: [{files: ["${dir}/sd/all.${form}"], refresh_interval: 1s}]
    relabel_configs:
      - {target_label: job, replacement: ${form}}
      - {source_labels: [__meta_tailmon_node_name], target_label: node}
      - {source_labels: [__meta_tsmon_exporter], target_label: exporter}
`,
  );
  return config.replaceAll("interval: 15s", "interval: 1s") + files.join("");
}
