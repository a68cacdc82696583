import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { eventually } from "../lab/eventually.ts";
import { type Lab, startLab } from "../lab/lab.ts";
import type { LabProcess } from "../lab/process.ts";
import { skipWithoutLab } from "../lab/skip.ts";
import { BINARY, seriesOf } from "./binary.ts";

const TIMEOUT = { timeout: 180_000 };
/** For a test that may have to build programs first. */
const BUILD_TIMEOUT = { timeout: 1_800_000 };
const skip = skipWithoutLab();

const NODES = [{ name: "alpha" }, { name: "beta" }, { name: "gamma" }, { name: "delta", tun: false }] as const;
type Name = (typeof NODES)[number]["name"];
const NAMES = NODES.map(({ name }) => name);
const FLAGS = ["--refresh", "2s", "--live.interval", "2s", "--live.timeout", "3s"];

describe("tsmon fleet on a real tailnet, without any credential", { skip }, () => {
  let lab: Lab<Name>;
  const agents = new Map<Name, LabProcess>();
  const fleets = new Map<Name, LabProcess>();
  after(() => lab?.stop());

  const metricsOf = async (name: Name) => (await lab.nodes[name].fetch("http://127.0.0.1:5255/metrics")).text();
  const see = (name: Name, what: string, look: (series: Map<string, number>) => boolean, seconds = 60) =>
    eventually(
      `${what} in the fleet of ${name}`,
      async () => {
        const series = seriesOf(await metricsOf(name));
        return look(series) && series;
      },
      seconds,
    ).catch(async (error) => {
      const facts = [...seriesOf(await metricsOf(name))].filter(
        ([name, value]) =>
          /^tailscale_device_(state|scrape_success)|^tsmon_fleet_(live|part)|^tailscale_up/.test(name) && value > 0,
      );
      throw new Error(`${error.message}\n${facts.join("\n")}\n${fleets.get(name)?.stderr}`);
    });
  const isIn = (device: Name, state: string) => (series: ReadonlyMap<string, number>) =>
    oneOf(series, "tailscale_device_state", `device_name="${device}"`, `state="${state}"`) === 1;

  test(
    "shows all nodes online, and the live counters of each: agents', a web client's, and a userspace node's",
    BUILD_TIMEOUT,
    async () => {
      lab = await startLab({ nodes: NODES });
      for (const name of ["alpha", "beta", "delta"] as const) agents.set(name, lab.nodes[name].exec([BINARY, "agent"]));
      await lab.nodes.gamma.cli("set", "--webclient");
      // One with an interface, and one whose connections tailscaled makes.
      for (const name of ["alpha", "delta"] as const)
        fleets.set(name, lab.nodes[name].exec([BINARY, "fleet", ...FLAGS]));
      for (const name of ["alpha", "delta"] as const) {
        await eventually("its start line", () => /Serving the fleet on/.test(fleets.get(name)!.stderr));
        const series = await see(name, "counters of all", (series) => {
          return NAMES.every((node) => (oneOf(series, "tailscale_device_scrape_success", `"${node}"`) ?? 0) === 1);
        });
        for (const node of NAMES) {
          assert.ok(isIn(node, "online")(series), node);
          assert.ok(valuesOf(series, "tailscaled_inbound_bytes_total", `"${node}"`).length > 0, node);
        }
        assert.equal(oneOf(series, "tailscale_devices", 'online="true"'), 4);
        assert.equal(oneOf(series, "tsmon_fleet_live_sources", 'source="agent"'), 3);
        assert.equal(oneOf(series, "tsmon_fleet_live_sources", 'source="webclient"'), 1);
      }
    },
  );

  test("counts as a node's own tailscaled does", TIMEOUT, async () => {
    const own = async () => (await lab.nodes.beta.localApi("usermetrics")).text();
    const sum = (series: ReadonlyMap<string, number>, family: string, text = "") =>
      valuesOf(series, family, text).reduce((total, value) => total + value, 0);
    const before = sum(seriesOf(await own()), "tailscaled_outbound_bytes_total");
    const series = await see(
      "alpha",
      "what beta counts",
      (series) => sum(series, "tailscaled_outbound_bytes_total", '"beta"') >= before,
    );
    const after = sum(seriesOf(await own()), "tailscaled_outbound_bytes_total");
    assert.ok(sum(series, "tailscaled_outbound_bytes_total", '"beta"') <= after);
  });

  test("serves the page and the devices as JSON", TIMEOUT, async () => {
    const page = await (await lab.nodes.beta.fetch(`http://${lab.nodes.alpha.ip4}:5255/`)).text();
    assert.match(page, /^<!doctype html>[\s\S]*<h1>tsmon fleet<\/h1>/);
    const { devices } = await (await lab.nodes.beta.fetch(`http://${lab.nodes.alpha.ip4}:5255/api/v1/devices`)).json();
    assert.deepEqual(devices.map(({ name }: { name: string }) => name).sort(), NAMES.toSorted());
  });

  test("says agent_down when an agent ends, and online when it is back", TIMEOUT, async () => {
    await agents.get("beta")!.stop("SIGTERM");
    await see("alpha", "the agent's end", isIn("beta", "agent_down"));
    agents.set("beta", lab.nodes.beta.exec([BINARY, "agent"]));
    await see("alpha", "the agent's return", isIn("beta", "online"));
  });

  test("says offline when a node leaves, and stops asking it", TIMEOUT, async () => {
    await lab.nodes.gamma.cli("down");
    await see("alpha", "that gamma left", isIn("gamma", "offline"), 120);
  });

  test("SIGTERM ends it with 0", TIMEOUT, async () => {
    for (const name of fleets.keys())
      assert.equal(await fleets.get(name)!.stop("SIGTERM"), 0, fleets.get(name)!.stderr);
  });
});

function valuesOf(series: ReadonlyMap<string, number>, family: string, ...texts: readonly string[]): number[] {
  return [...series]
    .filter(([name]) => name.startsWith(`${family}{`) && texts.every((text) => name.includes(text)))
    .map(([, value]) => value);
}

function oneOf(series: ReadonlyMap<string, number>, family: string, ...texts: readonly string[]): number | undefined {
  return valuesOf(series, family, ...texts)[0];
}
