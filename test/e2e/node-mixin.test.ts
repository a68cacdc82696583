import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { freePort } from "../free-port.ts";
import { eventually } from "../lab/eventually.ts";
import { Host } from "../lab/host.ts";
import { nodeMixin, type RuleGroup } from "../lab/mixin.ts";
import { program } from "../lab/programs.ts";
import { Prometheus } from "../lab/prometheus.ts";
import { skipWithoutLab } from "../lab/skip.ts";
import { BINARY } from "./binary.ts";
import {
  byInstance,
  distance,
  FLEETING,
  INSTANCES,
  type Instance,
  keyOf,
  type Labels,
  NOT_OURS,
  ONLY_OURS,
  outside,
} from "./node-exporter.ts";

const TIMEOUT = { timeout: 180_000 };
/** For a test that may have to build programs first. */
const BUILD_TIMEOUT = { timeout: 1_800_000 };
const skip = skipWithoutLab();

/** Off in both by default, and queried by the dashboard. */
const COLLECTORS = ["processes", "interrupts", "tcpstat"].map((name) => `--collector.${name}`);
/** How many values of a rule to wait for. */
const EVALUATIONS = 30;
/** Settings of node-mixin with which every host has alerts and network traffic, if only on loopback. */
const TOUCHY = {
  netDeviceSelector: 'device!=""',
  cpuHighUsageThreshold: -1,
  systemSaturationPerCoreThreshold: -1,
  fsSpaceAvailableWarningThreshold: 101,
  fsSpaceAvailableCriticalThreshold: 101,
  memoryHighUtilizationThreshold: -1,
  memoryMajorPagesFaultsThreshold: -1,
  diskIOSaturationThreshold: -1,
};
/** The names that dashboard 1860 of grafana.com, "Node Exporter Full", queries in its version 102. */
const DASHBOARD = readFileSync(new URL("../fixtures/dashboards/1860.txt", import.meta.url), "utf8")
  .trim()
  .split("\n");

/** A rule as /api/v1/rules has it. */
interface EvaluatedRule {
  readonly name: string;
  readonly health: string;
  readonly lastError?: string;
  readonly alerts?: readonly { readonly labels: Labels; readonly state: string }[];
}

describe("tsmon agent in the place of node_exporter", { skip }, () => {
  let host: Host;
  let prometheus: Prometheus;
  let groups: readonly RuleGroup[];
  after(() => host?.close());

  const rules = async () =>
    ((await prometheus.api("rules")) as { groups: { rules: EvaluatedRule[] }[] }).groups.flatMap(
      (group) => group.rules,
    );
  /** The current series of one instance by name, each under its name and labels. */
  const seriesOf = async (instance: Instance) => {
    const found = await prometheus.query(`{job="node",instance="${instance}"}`);
    const keys = found.map(({ metric }) => keyOf(metric)).filter((key) => !FLEETING.test(key));
    return Map.groupBy(keys.sort(), (key) => key.slice(0, key.indexOf("{")));
  };
  const typesOf = async (instance: Instance) => {
    const match = encodeURIComponent(`{instance="${instance}"}`);
    const found = (await prometheus.api(`targets/metadata?match_target=${match}`)) as Record<
      "metric" | "type",
      string
    >[];
    return new Map(found.map(({ metric, type }) => [metric, type]));
  };

  test("Prometheus scrapes both as instances of one job", BUILD_TIMEOUT, async () => {
    host = new Host();
    const ports = { ours: await freePort(), theirs: await freePort(), prometheus: await freePort() };
    const [mixin, touchy] = [await nodeMixin(), await nodeMixin(TOUCHY)];
    groups = [...mixin.rules, ...mixin.alerts, ...[...touchy.rules, ...touchy.alerts].map(asTouchy)];
    const rulesFile = join(host.folder, "rules.json");
    writeFileSync(rulesFile, JSON.stringify({ groups }));
    const address = (instance: keyof typeof ports) => `127.0.0.1:${ports[instance]}`;
    const ours = [BINARY, "agent", `--web.listen=${address("ours")}`, `--socket=${host.folder}/none.sock`];
    host.start([...ours, ...COLLECTORS], { log: join(host.folder, "ours.log") });
    const theirs = [await program("nodeExporter"), `--web.listen-address=${address("theirs")}`];
    host.start([...theirs, ...COLLECTORS], { log: join(host.folder, "theirs.log") });
    const targets = INSTANCES.map((instance) => ({ targets: [address(instance)], labels: { instance } }));
    const config = {
      global: { scrape_interval: "1s", scrape_timeout: "1s", evaluation_interval: "1s" },
      rule_files: [rulesFile],
      scrape_configs: [{ job_name: "node", static_configs: targets }],
    };
    prometheus = await Prometheus.start(host, JSON.stringify(config), { url: `http://${address("prometheus")}` });
    await eventually("both targets up", async () => (await prometheus.query('up{job="node"} == 1')).length === 2);
  });

  test("the recording rules of node-mixin have the same labels and values", TIMEOUT, async () => {
    const records = groups.flatMap(({ rules }) => rules.flatMap(({ record }) => record ?? []));
    assert.ok(records.length >= 30, `${records.length} rules`);
    await eventually(
      `${EVALUATIONS} evaluations`,
      async () => (await prometheus.query(`count_over_time(${records[0]}[5m]) >= ${EVALUATIONS}`)).length === 2,
      120,
    );
    for (const record of records) {
      await eventually(`equal values of ${record}`, async () => {
        const { ours, theirs } = byInstance(await prometheus.history(`${record}{job="node"}[5m]`));
        assert.deepEqual([...ours.keys()].sort(), [...theirs.keys()].sort());
        assert.ok(ours.size > 0, "no series");
        const wrong = [...ours].flatMap(([key, values]) => distance(key, values, theirs.get(key)!) ?? []);
        assert.deepEqual(wrong, []);
        return true;
      });
    }
  });

  test("the alerts of node-mixin are in the same state", TIMEOUT, async () => {
    await eventually("the same alerts", async () => {
      const found = { ours: [] as string[], theirs: [] as string[] };
      for (const { alerts = [] } of await rules()) {
        for (const { labels, state } of alerts) found[labels.instance as Instance].push(`${keyOf(labels)} ${state}`);
      }
      assert.deepEqual(found.ours.sort(), found.theirs.sort());
      const names = new Set(found.ours.map((alert) => /alertname="(\w+)"/.exec(alert)?.[1]));
      assert.ok(names.size >= 6, `${[...names]}`);
      return true;
    });
  });

  test("no rule of node-mixin fails", TIMEOUT, async () => {
    const evaluated = await rules();
    assert.equal(evaluated.length, groups.flatMap(({ rules }) => rules).length);
    assert.deepEqual(
      evaluated.filter(({ health, lastError }) => health !== "ok" || lastError),
      [],
    );
  });

  test("every name of dashboard 1860 has the same series", TIMEOUT, async () => {
    await eventually("the same series", async () => {
      const [ours, theirs] = [await seriesOf("ours"), await seriesOf("theirs")];
      for (const name of DASHBOARD) assert.deepEqual(ours.get(name), theirs.get(name), name);
      assert.ok(DASHBOARD.filter((name) => ours.has(name)).length > 150);
      return true;
    });
  });

  test("the variables of dashboard 1860 have the same values", TIMEOUT, async () => {
    const found = (await prometheus.api("series?match[]=node_uname_info")) as Labels[];
    assert.deepEqual(found.map(({ instance }) => instance).sort(), ["ours", "theirs"]);
    assert.deepEqual([...new Set(found.map(({ job, nodename }) => `${job} ${nodename}`))], [`node ${hostname()}`]);
    assert.equal(new Set(found.map(keyOf)).size, 1);
  });

  test("every series of node_exporter has its counterpart", TIMEOUT, async () => {
    await eventually("the same series", async () => {
      const [ours, theirs] = [await seriesOf("ours"), await seriesOf("theirs")];
      const [our, their] = [[...ours.values()].flat(), [...theirs.values()].flat()];
      const missing = their.filter((key) => !our.includes(key) && !NOT_OURS.some(([names]) => names.test(key)));
      assert.deepEqual(missing, []);
      assert.deepEqual(
        our.filter((key) => !their.includes(key) && !ONLY_OURS.test(key)),
        [],
      );
      return true;
    });
  });

  test("every family of node_exporter is of the same type", TIMEOUT, async () => {
    const [ours, theirs] = [await typesOf("ours"), await typesOf("theirs")];
    for (const [name, type] of theirs) {
      if (NOT_OURS.some(([names]) => names.test(`${name}{`))) continue;
      // The agent is asked for OpenMetrics, in which a counter's family is named without the suffix.
      assert.equal(ours.get(name) ?? ours.get(name.replace(/_total$/, "")), type, name);
    }
  });

  test("every counter is between what node_exporter read before and after", TIMEOUT, async () => {
    const counters = [...(await typesOf("theirs"))].filter(([name, type]) => type === "counter" && /^node_/.test(name));
    assert.ok(counters.length > 50, `${counters.length} counters`);
    const scrapes = 'count_over_time(node_forks_total{job="node"}[30s]) >= 10';
    await eventually("10 scrapes of each", async () => (await prometheus.query(scrapes)).length === 2);
    for (const [name] of counters) {
      const { ours, theirs } = byInstance(await prometheus.history(`${name}{job="node"}[30s]`));
      const wrong = [...ours].flatMap(([key, values]) => outside(key, values, theirs.get(key) ?? []) ?? []);
      assert.deepEqual(wrong, []);
    }
  });
});

/** The group under names that do not collide with those of the group with default settings. */
function asTouchy({ name, rules }: RuleGroup): RuleGroup {
  const renamed = rules.map((rule) =>
    rule.record === undefined ? rule : { ...rule, record: `touchy:${rule.record}` },
  );
  return { name: `touchy ${name}`, rules: renamed };
}
