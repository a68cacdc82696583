import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { after, describe, test } from "node:test";
import { eventually } from "../lab/eventually.ts";
import { type Lab, startLab } from "../lab/lab.ts";
import type { LabNode } from "../lab/node.ts";
import type { LabProcess } from "../lab/process.ts";
import { program } from "../lab/programs.ts";
import type { Prometheus } from "../lab/prometheus.ts";
import { skipWithoutLab } from "../lab/skip.ts";
import { BINARY, seriesOf } from "./binary.ts";

const TIMEOUT = { timeout: 180_000 };
/** For a test that may have to build programs first. */
const BUILD_TIMEOUT = { timeout: 1_800_000 };
const skip = skipWithoutLab();

const NODES = [{ name: "prom" }, { name: "laptop" }, { name: "host" }, { name: "box", tun: false }] as const;
type Name = (typeof NODES)[number]["name"];
type Server = "host" | "box";

/** What is asked of a host: its agent, its discover and its fleet. */
const QUESTIONS = [
  [5253, "/metrics"],
  [5253, "/proxy/node"],
  [5253, "/proxy/om"],
  [5253, "/.well-known/tsmon"],
  [5253, "/healthz"],
  [5254, "/sd"],
  [5255, "/metrics"],
] as const;
const NONE = QUESTIONS.map(() => 403);

/** Callers of {@linkcode MATRIX}. */
const CALLERS = ["prom", "laptop", "local", "LAN"] as const;

/** The rules of each line of the table in docs/access.md, and what each caller gets there: one status, or one a question. */
const MATRIX = readFileSync(new URL("../../docs/access.md", import.meta.url), "utf8")
  .split(`| rules | ${CALLERS.join(" | ")} |\n`)[1]!
  .split("\n\n")[0]!
  .split("\n")
  .slice(1)
  .map((line) => {
    const [rules = "", ...cells] = line.split("|").slice(1, -1);
    const statuses = cells.map((cell) => cell.trim().split(" ").map(Number));
    const want = statuses.map((all) => (all.length === 1 ? QUESTIONS.map(() => all[0]!) : all));
    return { rules: [...rules.matchAll(/`([^`]+)`/g)].map(([, rule]) => rule!), want };
  });

/** What the exporter `om` serves, to those who ask for OpenMetrics. */
const OPEN_METRICS = `# TYPE requests counter
# HELP requests Requests with "quotes".
requests_total{path="/a\\"}{,"} 17.0 # {trace_id="KOO5S4vxi0o"} 1.0
# TYPE wait_seconds histogram
# UNIT wait_seconds seconds
wait_seconds_bucket{le="0.1"} 8 # {trace_id="oHg5SJYRHA0"} 0.067
wait_seconds_bucket{le="+Inf"} 17
wait_seconds_count 17
wait_seconds_sum 3.5
# TYPE temperature gauge
temperature{sensor="a"} NaN
temperature{sensor="b"} +Inf
# EOF
`;
const OM_PROGRAM = `
import { createServer } from "node:http";
createServer((request, response) => {
  response.setHeader("Content-Type", "application/openmetrics-text; version=1.0.0; charset=utf-8");
  response.end(${JSON.stringify(OPEN_METRICS)});
}).listen(9200, "127.0.0.1");
`;

const PROM_MAY = { exporters: ["node"], endpoints: ["metrics"] };

describe("who may read tsmon on a real tailnet", { skip }, () => {
  let lab: Lab<Name>;
  const agents = new Map<Server, LabProcess>();
  const others = new Map<Server, LabProcess[]>();
  after(() => lab?.stop());

  const statusesOf = async (caller: LabNode, host: string) => {
    const statuses = [];
    for (const [port, path] of QUESTIONS) statuses.push((await caller.fetch(`http://${host}:${port}${path}`)).status);
    return statuses;
  };
  const lanOf = (server: Server) => `10.77.0.${NODES.findIndex(({ name }) => name === server) + 2}`;
  const allow = async (server: Server, rules: readonly string[], more = "") => {
    const text = `web.allow: [${rules.map((rule) => `"${rule}"`).join(", ")}]\n`;
    writeFileSync(join(lab.nodes[server].dir, "others.yml"), text);
    writeFileSync(join(lab.nodes[server].dir, "tsmon.yml"), text + more);
    await Promise.all([agents.get(server)!, ...others.get(server)!].map(reload));
  };
  const reload = async (process: LabProcess) => {
    const lines = () => process.stderr.split("Settings reloaded").length;
    const before = lines();
    await process.signal("SIGHUP");
    await eventually("settings reloaded", () => lines() > before);
  };

  test(
    "starts a tagged node, a user's, and two with agents, one of them in userspace mode",
    BUILD_TIMEOUT,
    async () => {
      lab = await startLab({ nodes: NODES });
      await lab.control.set("prom", { tags: ["tag:prometheus"] });
      await lab.control.setGrants([{ src: [lab.nodes.prom.ip4], app: { "tsmon.dev/cap/scrape": [PROM_MAY] } }]);
      for (const name of ["host", "box"] as const) {
        const node = lab.nodes[name];
        node.exec([await program("nodeExporter"), "--web.listen-address=127.0.0.1:9100"]);
        writeFileSync(join(node.dir, "om.mjs"), OM_PROGRAM);
        node.exec([process.execPath, join(node.dir, "om.mjs")]);
        for (const file of ["tsmon.yml", "others.yml"]) writeFileSync(join(node.dir, file), "");
        const start = (mode: string, port: number, file: string, ...args: string[]) => {
          const listen = ["--web.listen", "auto", "--web.listen", `${lanOf(name)}:${port}`];
          return node.exec([BINARY, mode, "--config.file", join(node.dir, file), ...listen, ...args]);
        };
        agents.set(name, start("agent", 5253, "tsmon.yml", "node:9100", "om:9200"));
        const discover = start("discover", 5254, "others.yml", "--state.dir", join(node.dir, "discover"));
        others.set(name, [discover, start("fleet", 5255, "others.yml")]);
        for (const process of [agents.get(name)!, ...others.get(name)!]) {
          await eventually(`a start line on ${name}`, () => process.stderr.includes("info Serving"));
        }
        await eventually(
          `a list of targets on ${name}`,
          async () => (await node.fetch("http://127.0.0.1:5254/sd")).status === 200,
          90,
        );
        await eventually(
          `node_exporter on ${name}`,
          async () => (await node.fetch("http://127.0.0.1:9100/")).status === 200,
        );
      }
      await eventually("prom's tag", async () => {
        const answer = await lab.nodes.host.localApi(`whois?addr=${lab.nodes.prom.ip4}`);
        const { Node, CapMap } = await answer.json();
        return Node.Tags?.[0] === "tag:prometheus" && CapMap !== null;
      });
    },
  );

  for (const server of ["host", "box"] as const) {
    for (const { rules, want } of MATRIX) {
      test(
        `${rules.join(", ")} on ${server}: each caller gets what the table says at each endpoint`,
        TIMEOUT,
        async () => {
          const { nodes } = lab;
          await allow(server, rules);
          const seen = [
            await statusesOf(nodes.prom, nodes[server].ip4),
            await statusesOf(nodes.laptop, nodes[server].ip4),
            await statusesOf(nodes[server], "127.0.0.1"),
            await statusesOf(nodes.laptop, lanOf(server)),
          ];
          assert.deepEqual(seen, want);
        },
      );
    }
  }

  test("the table has every kind of rule", () => {
    const kinds = new Set(
      MATRIX.flatMap(({ rules }) => rules.map((rule) => rule.replace(/^(tag|node):.*|.*@.*/, "$1"))),
    );
    assert.deepEqual([...kinds].sort(), ["", "any", "cap", "local", "node", "tag", "tailnet"]);
  });

  for (const server of ["host", "box"] as const) {
    test(`a tag and a grant that come and go count within seconds on ${server}`, TIMEOUT, async () => {
      const { laptop } = lab.nodes;
      const host = lab.nodes[server].ip4;
      const becomes = (what: string, path: string, status: number) =>
        eventually(what, async () => (await laptop.fetch(`http://${host}:5253${path}`)).status === status, 15);
      await allow(server, ["tag:web", "cap"]);
      assert.deepEqual(await statusesOf(laptop, host), NONE);
      await lab.control.set("laptop", { tags: ["tag:web"] });
      await becomes("laptop welcome by its tag", "/metrics", 200);
      await lab.control.set("laptop", { tags: [] });
      await becomes("laptop refused without its tag", "/metrics", 403);
      const all = { "tsmon.dev/cap/scrape": [{ exporters: ["tsmon"] }, { exporters: ["node"] }] };
      const prom = { src: [lab.nodes.prom.ip4], app: { "tsmon.dev/cap/scrape": [PROM_MAY] } };
      await lab.control.setGrants([prom, { src: [laptop.ip4], app: all }]);
      await becomes("laptop welcome by its grants", "/proxy/node", 200);
      assert.deepEqual(await statusesOf(laptop, host), [200, 200, 403, 200, 200, 200, 200]);
      await lab.control.setGrants([prom]);
      await becomes("laptop refused without a grant", "/metrics", 403);
    });

    test(`a node that changes hands is its new user's within seconds on ${server}`, TIMEOUT, async () => {
      const { laptop } = lab.nodes;
      const origin = `${lab.nodes[server].ip4}:5253`;
      const becomes = (status: number) =>
        eventually(
          `${status} for laptop`,
          async () => (await laptop.fetch(`http://${origin}/healthz`)).status === status,
          15,
        );
      await allow(server, ["bob@lab.example.com"]);
      await becomes(403);
      await lab.control.set("laptop", { user: "bob@lab.example.com" });
      await becomes(200);
      await lab.control.set("laptop", { user: "alice@lab.example.com" });
      await becomes(403);
    });

    test(`a refusal on ${server} tells the caller what to do, and the log once`, TIMEOUT, async () => {
      const { laptop } = lab.nodes;
      await allow(server, ["tag:prometheus"]);
      const before = agents.get(server)!.stderr.length;
      for (let i = 0; i < 5; i++) {
        const response = await laptop.fetch(`http://${lab.nodes[server].ip4}:5253/metrics`);
        assert.equal(
          await response.text(),
          "Access denied: node laptop.lab.ts.net (alice@lab.example.com) has none of tag:prometheus. Give it one of these, or start tsmon with --web.allow node:laptop besides.\n",
        );
      }
      // Other nodes' discover and fleet are refused too, when they ask.
      const isOurs = (line: string) => line.includes("denied: node laptop.lab.ts.net ");
      const linesOf = () => agents.get(server)!.stderr.slice(before).split("\n").filter(isOurs);
      await eventually("the line of the refusal", () => linesOf().length > 0);
      const lines = linesOf();
      assert.equal(lines.length, 1, lines.join("\n"));
      assert.match(lines[0]!, / warn Access denied: node laptop\.lab\.ts\.net .* reason=no_rule$/);
    });

    test(`forged headers change nothing on ${server}`, TIMEOUT, async () => {
      await allow(server, ["local", "tag:prometheus"]);
      const forged = {
        "X-Forwarded-For": lab.nodes.prom.ip4,
        Forwarded: `for=${lab.nodes.prom.ip4}`,
        "Tailscale-User-Login": "alice@lab.example.com",
      };
      for (const [name, value] of Object.entries({ ...forged, Host: "localhost" })) {
        const headers = { [name]: value };
        const { status } = await lab.nodes.laptop.fetch(`http://${lab.nodes[server].ip4}:5253/metrics`, { headers });
        assert.equal(status, 403, `laptop with ${name}`);
        const welcome = await lab.nodes.prom.fetch(`http://${lab.nodes[server].ip4}:5253/metrics`, { headers });
        assert.equal(welcome.status, 200, `prom with ${name}`);
      }
      for (const [name, value] of Object.entries({ ...forged, Host: "evil.example" })) {
        const headers = { [name]: value };
        const { status } = await lab.nodes[server].fetch("http://127.0.0.1:5253/metrics", { headers });
        assert.equal(status, 403, `local with ${name}`);
      }
    });
  }

  test(
    "behind tailscale serve nobody is known, and where its headers are believed its callers are",
    TIMEOUT,
    async () => {
      const { laptop, prom, host } = lab.nodes;
      await host.cli("serve", "--bg", "--http=8080", "http://127.0.0.1:5253");
      const statusFrom = async (caller: LabNode, headers = {}) =>
        (
          await caller.fetch(`http://${host.ip4}:8080/healthz`, {
            headers: { Host: "host.lab.ts.net:8080", ...headers },
          })
        ).status;
      await allow("host", ["local", "tailnet"]);
      await eventually("an answer through serve", async () => (await statusFrom(laptop)) === 403, 30);
      await allow("host", ["tag:prometheus"], "web.trust-serve: true\n");
      assert.deepEqual([await statusFrom(prom), await statusFrom(laptop)], [200, 403]);
      // serve replaces what its callers say of themselves.
      const forged = { "X-Forwarded-For": prom.ip4, "Tailscale-User-Login": "alice@lab.example.com" };
      assert.equal(await statusFrom(laptop, forged), 403);
      await host.cli("serve", "reset");
    },
  );

  test("Prometheus scrapes through both agents what it scrapes directly, exemplars too", TIMEOUT, async () => {
    for (const server of ["host", "box"] as const) {
      await allow(server, ["tag:prometheus", "local"], "proxy.merge: [node, om]\n");
    }
    const targets = (["host", "box"] as const).map((name) => `'${lab.nodes[name].ip4}:5253'`).join(", ");
    const jobs = { node: "/proxy/node", om: "/proxy/om", page: "/metrics" };
    const configs = Object.entries(jobs).map(
      ([name, path]) => `{job_name: ${name}, metrics_path: ${path}, static_configs: [{targets: [${targets}]}]}`,
    );
    const prometheus: Prometheus = await lab.startPrometheus(
      `global: {scrape_interval: 2s}\nscrape_configs: [${configs.join(", ")}]\n`,
      { node: lab.nodes.prom, flags: ["--enable-feature=exemplar-storage"] },
    );
    const answerTo = async (promql: string) => (await prometheus.query(promql))[0]?.value;
    await eventually("six targets up", async () => (await answerTo("sum(up)")) === 6, 60);
    const direct = seriesOf(await (await lab.nodes.host.fetch("http://127.0.0.1:9100/metrics")).text()).size;
    await eventually("as many samples through the agent", async () => {
      const through = await answerTo(`scrape_samples_scraped{instance="${lab.nodes.host.ip4}:5253",job="node"}`);
      return Math.abs(through! - direct) < 20;
    });
    // A scrape that is late is without them until the next.
    for (const [query, count] of [
      [`count(requests_total{path="/a\\"}{,",job="om"})`, 2],
      [`count(requests_total{path="/a\\"}{,",job="page",exporter="om"})`, 2],
      ['count(node_load1{job="page",exporter="node"})', 2],
      ['count(node_load1{job="page",exporter=""})', 2],
      ['min(tsmon_merge_success{exporter="om"})', 1],
    ] as const) {
      await eventually(`${query} == ${count}`, async () => (await answerTo(query)) === count);
    }
    const now = Date.now() / 1000;
    const range = `start=${now - 600}&end=${now + 60}`;
    const answer = await prometheus.fetch(`/api/v1/query_exemplars?query=wait_seconds_bucket&${range}`);
    const { data } = (await answer.json()) as { data: { exemplars: { labels: Record<string, string> }[] }[] };
    const traces = new Set(data.flatMap(({ exemplars }) => exemplars.map(({ labels }) => labels.trace_id)));
    assert.deepEqual([data.length, [...traces]], [4, ["oHg5SJYRHA0"]]);
    const own = await (await lab.nodes.host.fetch("http://127.0.0.1:5253/metrics")).text();
    assert.ok((seriesOf(own).get('tsmon_proxy_requests_total{exporter="node",outcome="ok"}') ?? 0) >= 1);
  });

  test("SIGTERM ends them all with 0", TIMEOUT, async () => {
    for (const process of [...agents.values(), ...[...others.values()].flat()]) {
      assert.equal(await process.stop("SIGTERM"), 0, process.stderr);
    }
  });
});
