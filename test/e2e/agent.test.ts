import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { after, describe, test } from "node:test";
import { eventually } from "../lab/eventually.ts";
import { type Lab, startLab } from "../lab/lab.ts";
import { RELAYED } from "../lab/node.ts";
import type { LabProcess } from "../lab/process.ts";
import { program } from "../lab/programs.ts";
import type { Prometheus } from "../lab/prometheus.ts";
import { skipWithoutLab } from "../lab/skip.ts";
import { BINARY, labelsOf, seriesOf } from "./binary.ts";

const TIMEOUT = { timeout: 180_000 };
/** For a test that may have to build programs first. */
const BUILD_TIMEOUT = { timeout: 1_800_000 };
const skip = skipWithoutLab();

const NODES = [
  { name: "alpha" },
  { name: "beta" },
  { name: "gamma", env: RELAYED },
  { name: "delta", tun: false },
] as const;
const LAST_SEEN = "tailscale_peer_last_seen_timestamp_seconds";
type Name = (typeof NODES)[number]["name"];
const NAMES = NODES.map(({ name }) => name);

describe("tsmon agent on a real tailnet", { skip }, () => {
  let lab: Lab<Name>;
  let prometheus: Prometheus;
  const agents = new Map<Name, LabProcess>();
  after(() => lab?.stop());

  const metricsOf = async (name: Name, query = "") =>
    (await lab.nodes[name].fetch(`http://127.0.0.1:5253/metrics${query}`)).text();
  const see = (name: Name, what: string, look: (series: Map<string, number>, text: string) => boolean) =>
    eventually(
      `${what} in the metrics of ${name}`,
      async () => {
        const text = await metricsOf(name);
        return look(seriesOf(text), text) && text;
      },
      90,
    );
  /** What the agent beside gamma has logged of tailscaled as a whole. */
  const outagesOfGamma = () =>
    agents
      .get("gamma")!
      .stderr.split("\n")
      .filter((line) => line.endsWith(" subject=tailscaled"));
  let outagesBefore = 0;
  const answerTo = (promql: string) => async () => (await prometheus.query(promql))[0]?.value;

  test("starts on three TUN nodes and a userspace node, and says where to look", BUILD_TIMEOUT, async () => {
    lab = await startLab({ nodes: NODES });
    for (const name of NAMES) agents.set(name, lab.nodes[name].exec([BINARY, "agent"]));
    for (const name of NAMES) {
      const line = await eventually(
        `the start line of ${name}`,
        () => /Serving metrics on (.*)/.exec(agents.get(name)!.stderr)?.[1],
      );
      const { tun, ip4, ip6 } = lab.nodes[name];
      assert.ok(line.includes("http://127.0.0.1:5253/metrics"), line);
      for (const host of [ip4, `[${ip6}]`]) {
        const isServed = async () => (await lab.nodes[name].fetch(`http://${host}:5253/healthz`)).ok;
        // The line is without them when tailscaled takes its time.
        if (tun) await eventually(`${name} at ${host}`, isServed);
        else assert.ok(!line.includes(host), line);
      }
    }
  });

  test("Prometheus scrapes every agent over its 100.x address", TIMEOUT, async () => {
    const targets = NAMES.map((name) => `'${lab.nodes[name].ip4}:5253'`).join(", ");
    prometheus = await lab.startPrometheus(
      `global: {scrape_interval: 2s}\nscrape_configs: [{job_name: tsmon, static_configs: [{targets: [${targets}]}]}]\n`,
      { node: lab.nodes.alpha },
    );
    await eventually("four targets that are up", async () => (await answerTo("sum(up)")()) === 4, 60);
    await eventually("tailscale_up of all", async () => (await answerTo("sum(tailscale_up)")()) === 4);
    await eventually("host metrics of all", async () => (await answerTo("count(node_uname_info)")()) === 4);
    await eventually("all whole", async () => (await answerTo("count(scrape_samples_scraped > 200)")()) === 4);
  });

  test("tailscale_node_info names the node as tailscaled does", TIMEOUT, async () => {
    const { Self } = await (await lab.nodes.alpha.localApi("status")).json();
    const labels = labelsOf(await metricsOf("alpha"), "tailscale_node_info", "");
    const { ip4, ip6 } = lab.nodes.alpha;
    assert.deepEqual(
      {
        node_id: labels.node_id,
        node: labels.node,
        dns: labels.dns_name,
        ip4: labels.ipv4,
        ip6: labels.ipv6,
        tun: labels.tun,
      },
      { node_id: Self.ID, node: "alpha", dns: Self.DNSName.slice(0, -1), ip4, ip6, tun: "true" },
    );
    assert.equal(labelsOf(await metricsOf("delta"), "tailscale_node_info", "").tun, "false");
  });

  test("tailscale_peer_direct follows the path: direct 1, relayed 0, idle absent", TIMEOUT, async () => {
    await lab.nodes.alpha.cli("ping", "-c", "5", lab.nodes.beta.ip4);
    const text = await see(
      "alpha",
      "a direct path to beta",
      (series) => one(series, "tailscale_peer_direct", "beta") === 1,
    );
    assert.equal(seriesOf(text).get('tailscale_peers{online="true"}'), 3);

    await lab.nodes.alpha.cli("ping", "-c", "1", "--until-direct=false", lab.nodes.gamma.ip4);
    await see("alpha", "a relayed path to gamma", (series) => one(series, "tailscale_peer_direct", "gamma") === 0);
    await see("alpha", "a path by DERP", (series) => (series.get('tailscale_peers_by_path{path="derp"}') ?? 0) >= 1);
    const idle = await metricsOf("gamma");
    assert.equal(one(seriesOf(idle), "tailscale_peer_direct", '"delta"'), undefined);
  });

  test("tailscale_peer_receive_bytes_total counts what a peer sends", TIMEOUT, async () => {
    const before = one(seriesOf(await metricsOf("beta")), "tailscale_peer_receive_bytes_total", "alpha") ?? 0;
    await lab.nodes.beta.fetch(`http://${lab.nodes.alpha.ip4}:5253/metrics`);
    await see("beta", "more bytes from alpha", (series) => {
      return (one(series, "tailscale_peer_receive_bytes_total", "alpha") ?? 0) > before + 10_000;
    });
  });

  test("tailscaled's own metrics pass through verbatim", TIMEOUT, async () => {
    const own = await (await lab.nodes.gamma.localApi("usermetrics")).text();
    const passed = await metricsOf("gamma");
    // tailscaled also names families of which it has no series yet.
    const types = [...own.matchAll(/^# TYPE (\S+) \S+$/gm)].filter(([, name]) =>
      new RegExp(`^${name}[{ ]`, "m").test(own),
    );
    assert.ok(types.length >= 8);
    assert.deepEqual(
      types.map(([line]) => line).filter((line) => !passed.includes(line)),
      [],
    );
    const missing = [...seriesOf(own).keys()].filter((series) => !seriesOf(passed).has(series));
    assert.deepEqual(missing, []);
  });

  test("tags, key expiry and routes of a peer follow what control says", TIMEOUT, async () => {
    await lab.control.set("beta", { tags: ["tag:web"], keyExpiry: "2036-01-02T03:04:05Z", routes: ["10.9.0.0/24"] });
    const text = await see("alpha", "the tag of beta", (_, text) => text.includes('tags="tag:web"'));
    assert.equal(labelsOf(text, "tailscale_peer_info", '"beta"').user, "");
    await see("alpha", "the expiry", (series) => {
      return (
        one(series, "tailscale_peer_key_expiry_timestamp_seconds", "beta") === Date.UTC(2036, 0, 2, 3, 4, 5) / 1000
      );
    });
    await see("alpha", "the route", (series) => one(series, "tailscale_peer_primary_routes", "10.9.0.0/24") === 1);
    await see(
      "beta",
      "its own route",
      (series) => series.get('tailscale_node_primary_routes{route="10.9.0.0/24"}') === 1,
    );
  });

  test("a node that dies is offline with its last seen time, and its target is down", TIMEOUT, async () => {
    outagesBefore = outagesOfGamma().length;
    await lab.nodes.gamma.kill();
    const text = await see("alpha", "gamma offline since a while", (series) => {
      return one(series, "tailscale_peer_online", "gamma") === 0 && one(series, LAST_SEEN, "gamma") !== undefined;
    });
    const seen = one(seriesOf(text), LAST_SEEN, "gamma");
    assert.ok(Math.abs(seen! - Date.now() / 1000) < 120, `last seen ${seen}`);
    assert.equal(one(seriesOf(text), LAST_SEEN, '"beta"'), undefined);
    await eventually(
      "gamma down",
      async () => (await answerTo(`up{instance="${lab.nodes.gamma.ip4}:5253"}`)()) === 0,
      60,
    );
    // The agent beside the dead tailscaled goes on with the host's metrics.
    const own = await see("gamma", "tailscale_up 0", (series) => series.get("tailscale_up") === 0);
    assert.ok(seriesOf(own).has("node_load1"));
  });

  test("tailscaled gone and back makes two lines of log", TIMEOUT, async () => {
    await lab.nodes.gamma.startTailscaled();
    await see("gamma", "tailscale_up 1", (series) => series.get("tailscale_up") === 1);
    const linesOf = () => outagesOfGamma().slice(outagesBefore);
    await eventually("the line of its return", () => linesOf().some((line) => line.includes("Works again")));
    const lines = linesOf();
    assert.equal(lines.length, 2, lines.join("\n"));
    assert.match(lines[0]!, / warn Cannot read LocalAPI /);
    assert.match(lines[1]!, / info Works again /);
  });

  test("control out of reach turns tailscale_node_online to 0 and nothing else off", TIMEOUT, async () => {
    await lab.control.stop();
    const text = await see("alpha", "node offline", (series) => series.get("tailscale_node_online") === 0);
    assert.equal(seriesOf(text).get("tailscale_up"), 1);
    assert.equal(seriesOf(text).get('tailscale_backend_state{state="Running"}'), 1);
    await lab.control.start();
    await see("alpha", "node online", (series) => series.get("tailscale_node_online") === 1);
  });

  test("a hanging tailscaled costs its own families only, within Prometheus's timeout", TIMEOUT, async () => {
    await lab.nodes.beta.signalTailscaled("SIGSTOP");
    const headers = { "X-Prometheus-Scrape-Timeout-Seconds": "2" };
    // A scrape of Prometheus that was under way before is shared, and may have had its answer.
    await eventually("tailscaled down, the host's metrics there", async () => {
      const response = await lab.nodes.beta.fetch("http://127.0.0.1:5253/metrics", { headers });
      const series = seriesOf(await response.text());
      return response.status === 200 && series.get("tailscale_up") === 0 && series.has("node_load1");
    });
    await lab.nodes.beta.signalTailscaled("SIGCONT");
    await see("beta", "tailscale_up 1", (series) => series.get("tailscale_up") === 1);
  });

  test("an agent started before tailscaled's login follows its addresses without a restart", TIMEOUT, async () => {
    const fresh = await lab.addNode({ name: "epsilon", up: false });
    const agent = fresh.exec([BINARY, "agent"]);
    await eventually("the start line", () => agent.stderr.includes("Serving metrics"));
    assert.ok(!agent.stderr.includes("100.64."), agent.stderr);
    await fresh.up();
    await eventually(
      "an answer on its Tailscale address",
      async () => {
        return (await lab.nodes.alpha.fetch(`http://${fresh.ip4}:5253/healthz`)).status === 200;
      },
      60,
    );
    assert.equal((await fresh.fetch("http://127.0.0.1:5253/readyz")).status, 200);
    assert.equal(await agent.stop("SIGTERM"), 0);
  });

  test("5,000 peers: totals are complete, and only used peers have series of their own", TIMEOUT, async () => {
    await lab.control.setPeers(5000);
    const text = await see("alpha", "5,000 peers", (series) => sum(series, "tailscale_peers{") > 4900);
    const series = seriesOf(text);
    const shown = [...series.keys()].filter((name) => name.startsWith("tailscale_peer_info")).length;
    assert.ok(shown >= 1 && shown < 20, `${shown} peers shown`);
    assert.equal(series.get("tailscale_peers_omitted"), sum(series, "tailscale_peers{") - shown);
    assert.equal(sum(series, "tailscale_peers_by_path{"), sum(series, "tailscale_peers{"));
    await eventually(
      "alpha up",
      async () => (await answerTo(`up{instance="${lab.nodes.alpha.ip4}:5253"}`)()) === 1,
      60,
    );
    await lab.control.setPeers(20);
    await see("alpha", "20 peers again", (series) => sum(series, "tailscale_peers{") < 40);
  });

  test("promtool finds nothing in our own families", TIMEOUT, async () => {
    const text = await metricsOf(
      "alpha",
      "?collect[]=tailscale_node&collect[]=tailscale_peers&collect[]=tailscale_derp&collect[]=tailscale_health&collect[]=tailscale_up",
    );
    const checked = await lint(text);
    assert.deepEqual(checked, "");
  });

  test("50 scrapes leave no file descriptor open", TIMEOUT, async () => {
    const pid = await agents.get("alpha")!.pid();
    const descriptors = () => readdirSync(`/proc/${pid}/fd`).length;
    for (let i = 0; i < 3; i++) await metricsOf("alpha");
    const before = descriptors();
    for (let i = 0; i < 50; i++) await metricsOf("alpha");
    await eventually("as many open files as before", () => descriptors() <= before + 1);
  });

  test("SIGTERM ends every agent with 0", TIMEOUT, async () => {
    for (const name of NAMES) assert.equal(await agents.get(name)!.stop("SIGTERM"), 0, agents.get(name)!.stderr);
  });
});

/** What `promtool check metrics` says of an exposition. */
async function lint(text: string): Promise<string> {
  const { spawnSync } = await import("node:child_process");
  const { stdout, stderr } = spawnSync(await program("promtool"), ["check", "metrics"], {
    input: text,
    encoding: "utf8",
  });
  return stdout + stderr;
}

/** Value of the one series of a family whose labels contain a text; undefined when there is none. */
function one(series: ReadonlyMap<string, number>, family: string, label: string): number | undefined {
  for (const [name, value] of series) if (name.startsWith(`${family}{`) && name.includes(label)) return value;
  return undefined;
}

function sum(series: ReadonlyMap<string, number>, prefix: string): number {
  return [...series].reduce((total, [name, value]) => total + (name.startsWith(prefix) ? value : 0), 0);
}
