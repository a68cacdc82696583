import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import process from "node:process";
import { after, describe, test } from "node:test";
import { eventually } from "./eventually.ts";
import { type Lab, startLab } from "./lab.ts";
import { type LabNode, NEVER_DIRECT, RELAYED } from "./node.ts";
import { program } from "./programs.ts";
import { skipWithoutLab } from "./skip.ts";
import { pathTo, peerOf, statusOf } from "./status.ts";

const TIMEOUT = { timeout: 120_000 };
/** For a test that may have to build programs first. */
const BUILD_TIMEOUT = { timeout: 1_800_000 };
const skip = skipWithoutLab();

const NODES = [
  { name: "alpha" },
  { name: "beta" },
  { name: "gamma", env: RELAYED },
  { name: "delta", tun: false },
  { name: "fresh", up: false },
] as const;

describe("Lab", { skip }, () => {
  let lab: Lab<(typeof NODES)[number]["name"]>;
  after(() => lab?.stop());

  // Not in a hook: the hooks of one runner have 5 seconds, whatever they ask for.
  test("startLab() numbers addresses in the order of its nodes", BUILD_TIMEOUT, async () => {
    lab = await startLab({ nodes: NODES });
    const { alpha, beta, gamma, delta } = lab.nodes;
    const addresses = [alpha, beta, gamma, delta].map(({ ip4 }) => ip4);
    assert.deepEqual(addresses, ["100.64.0.1", "100.64.0.2", "100.64.0.3", "100.64.0.4"]);
    assert.match(delta.ip6, /^fd7a:115c:a1e0:/);
  });

  test("startLab() leaves a node with up: false in need of a login", TIMEOUT, async () => {
    await eventually("NeedsLogin", async () => (await statusOf(lab.nodes.fresh)).BackendState === "NeedsLogin");
  });

  test("every node sees every other online", TIMEOUT, async () => {
    const names = ["alpha", "beta", "gamma", "delta"] as const;
    for (const name of names) {
      for (const peer of names.filter((other) => other !== name)) {
        await eventually(`${peer} online on ${name}`, async () => (await peerOf(lab.nodes[name], peer))?.Online);
      }
    }
  });

  test("nothing leads out of the lab", async () => {
    await assert.rejects(lab.hub.run(["ip", "route", "get", "192.0.2.1"]), /unreachable/);
  });

  test("traffic between two nodes goes direct", TIMEOUT, async () => {
    await talk(lab.nodes.alpha, lab.nodes.beta, "direct");
    await talk(lab.nodes.alpha, lab.nodes.delta, "direct");
  });

  test("RELAYED makes a node's paths go through DERP", TIMEOUT, async () => {
    await talk(lab.nodes.alpha, lab.nodes.gamma, "derp");
    assert.equal((await peerOf(lab.nodes.alpha, "gamma"))?.Relay, "lab");
  });

  test("LabNode.fetch() reaches another node's server, in userspace mode too", TIMEOUT, async () => {
    const { alpha, delta } = lab.nodes;
    await delta.cli("set", "--webclient");
    const response = await eventually("the web client of delta", () => alpha.fetch(`http://${delta.ip4}:5252/metrics`));
    assert.equal(response.status, 200);
    assert.match(await response.text(), /tailscaled_home_derp_region_id 1/);
    await assert.rejects(alpha.fetch("http://127.0.0.1:1/"), /connection refused/);
  });

  test("LabNode.exec() runs a program as if on the node's own machine", async () => {
    const { beta } = lab.nodes;
    const hostname = beta.exec(["uname", "-n"]);
    assert.deepEqual([await hostname.exited, hostname.stdout], [0, "beta\n"]);
    const sleep = beta.exec(["sleep", "infinity"]);
    assert.equal(await sleep.stop("SIGINT"), "SIGINT");
    assert.match(await beta.namespace.run(["ls", "/sys/class/net"]), /^eth0\nlo\ntailscale0\n$/);
    assert.match(await beta.namespace.run([await program("tailscale"), "ip", "-4"]), /^100\.64\.0\.2\n$/);
  });

  test("Control.set() changes tags, key expiry and name on all nodes", TIMEOUT, async () => {
    const { alpha, beta } = lab.nodes;
    await lab.control.set("beta", { tags: ["tag:web"], keyExpiry: "2036-01-02T03:04:05Z" });
    const isChanged = async () => (await peerOf(alpha, "beta"))?.Tags?.includes("tag:web");
    await eventually("the tag of beta", isChanged);
    assert.equal((await peerOf(alpha, "beta"))?.KeyExpiry, "2036-01-02T03:04:05Z");
    await eventually("beta's own tag", async () => (await statusOf(beta)).Self.Tags?.includes("tag:web"));

    await lab.control.set("beta", { name: "renamed" });
    await eventually("the new name", () => peerOf(alpha, "renamed"));
    await lab.control.set("renamed", { name: "beta", tags: [], keyExpiry: null });
    await eventually("the old name", async () => (await peerOf(alpha, "beta"))?.KeyExpiry === undefined);
    await assert.rejects(lab.control.set("nobody", {}), /no node "nobody"/);
  });

  test("Control.setGrants() gives capabilities that whois shows for the named source only", TIMEOUT, async () => {
    const { alpha, beta, gamma } = lab.nodes;
    await lab.control.setGrants([{ src: [alpha.ip4], app: { "example.com/cap/x": [{ a: 1 }] } }]);
    const capMap = async (ip: string) => (await (await beta.localApi(`whois?addr=${ip}`)).json()).CapMap;
    const granted = await eventually("the capability", async () => (await capMap(alpha.ip4)) ?? undefined);
    assert.deepEqual(granted, { "example.com/cap/x": [{ a: 1 }] });
    assert.equal(await capMap(gamma.ip4), null);
    await lab.control.setGrants([]);
    await eventually("no capability", async () => (await capMap(alpha.ip4)) === null);
  });

  test("Control.setMessages() shows in status", TIMEOUT, async () => {
    const text = async () => await (await lab.nodes.alpha.localApi("status")).text();
    await lab.control.setMessages({ "lab-test": { Title: "T", Text: "Hello from the lab.", Severity: "low" } });
    await eventually("the message", async () => (await text()).includes("Hello from the lab."));
    await lab.control.setMessages({});
    await eventually("no message", async () => !(await text()).includes("Hello from the lab."));
  });

  test("Control.set() approves routes, and the next online router takes over", TIMEOUT, async () => {
    const { alpha, beta, gamma } = lab.nodes;
    const hasRoute = async (name: string) =>
      (await peerOf(alpha, name))?.PrimaryRoutes?.includes("10.9.0.0/16") ?? false;
    await lab.control.set("beta", { routes: ["10.9.0.0/16"] });
    await lab.control.set("gamma", { routes: ["10.9.0.0/16"] });
    await eventually("beta as the router", async () => (await hasRoute("beta")) && !(await hasRoute("gamma")));
    await beta.cli("down");
    await eventually("gamma as the router", async () => (await hasRoute("gamma")) && !(await hasRoute("beta")));
    await beta.up();
    await lab.control.set("beta", { routes: [] });
    await lab.control.set("gamma", { routes: [] });
    await eventually("no router", async () => !(await hasRoute("gamma")));
    assert.equal(gamma.ip4, "100.64.0.3");
  });

  test("LabNode.kill() takes a node offline for the others, startTailscaled() brings it back", TIMEOUT, async () => {
    const { alpha, beta } = lab.nodes;
    await beta.kill();
    const offline = async () => {
      const peer = await peerOf(alpha, "beta");
      return peer?.Online === false && peer;
    };
    assert.notEqual((await eventually("beta offline", offline)).LastSeen, "0001-01-01T00:00:00Z");
    await beta.startTailscaled();
    await eventually("beta online again", async () => (await peerOf(alpha, "beta"))?.Online);
    await talk(alpha, beta, "direct");
  });

  test("LabNode.stopTailscaled() ends tailscaled in order", TIMEOUT, async () => {
    const { delta } = lab.nodes;
    await delta.stopTailscaled();
    await assert.rejects(delta.localApi("status"));
    await delta.startTailscaled();
    await eventually("delta running again", async () => (await statusOf(delta)).BackendState === "Running");
  });

  test("LabNode.signalTailscaled() makes tailscaled hang and go on", TIMEOUT, async () => {
    const { delta } = lab.nodes;
    await delta.signalTailscaled("SIGSTOP");
    const answer = delta.localApi("status");
    const silence = new Promise((resolve) => setTimeout(() => resolve("silence"), 200));
    assert.equal(await Promise.race([answer, silence]), "silence");
    await delta.signalTailscaled("SIGCONT");
    assert.equal((await answer).status, 200);
  });

  test("Control.stop() makes nodes see themselves offline until Control.start()", TIMEOUT, async () => {
    const { alpha } = lab.nodes;
    await lab.control.stop();
    await eventually("alpha offline to itself", async () => !(await statusOf(alpha)).Self.Online);
    assert.equal((await statusOf(alpha)).BackendState, "Running");
    await lab.control.start();
    await eventually("alpha online again", async () => (await statusOf(alpha)).Self.Online, 90);
  });

  test("Control.setPeers() puts 5,000 peers in status, and takes them out", TIMEOUT, async () => {
    const { alpha } = lab.nodes;
    const count = async () => Object.keys((await statusOf(alpha)).Peer ?? {}).length;
    const before = await count();
    await lab.control.setPeers(5000);
    await eventually("5,000 more peers", async () => (await count()) === before + 5000, 60);
    await lab.control.delete("node-0001");
    await eventually("one peer less", async () => (await peerOf(alpha, "node-0001")) === undefined);
    await lab.control.setPeers(0);
    await eventually("no synthetic peer", async () => (await count()) === before, 60);
  });

  test("Control.delete() makes a real node need a login", TIMEOUT, async () => {
    const extra = await lab.addNode({ name: "extra" });
    await lab.control.delete("extra");
    await eventually("extra logged out", async () => (await statusOf(extra)).BackendState === "NeedsLogin");
    await eventually("extra gone", async () => (await peerOf(lab.nodes.alpha, "extra")) === undefined);
    await extra.up("--force-reauth");
    await eventually("extra back", async () => (await peerOf(lab.nodes.alpha, "extra"))?.Online);
  });

  test("startPrometheus() scrapes a node over the tailnet", BUILD_TIMEOUT, async () => {
    const { beta } = lab.nodes;
    await beta.cli("set", "--webclient");
    const prometheus = await lab.startPrometheus(`
global: { scrape_interval: 1s }
scrape_configs: [{ job_name: beta, static_configs: [{ targets: ["${beta.ip4}:5252"] }] }]
`);
    const found = await eventually("beta up", async () => (await prometheus.query("up == 1"))[0]);
    assert.equal(found.metric.instance, `${beta.ip4}:5252`);
    assert.equal((await prometheus.targets())[0]?.health, "up");
    await assert.rejects(prometheus.query("up +"), /parse error/);
    await prometheus.stop();
  });
});

describe("startLab()", { skip }, () => {
  test("relays between peers through a third where the lab allows it", TIMEOUT, async () => {
    const nodes = [
      { name: "alpha", env: NEVER_DIRECT },
      { name: "beta", env: NEVER_DIRECT },
      { name: "relay" },
    ] as const;
    await using lab = await startLab({ nodes });
    await lab.control.setPeerRelay(true);
    await lab.nodes.relay.startRelay();
    await talk(lab.nodes.alpha, lab.nodes.beta, "peer-relay");
  });

  test("leaves no process and no folder after Lab.stop()", TIMEOUT, async () => {
    const lab = await startLab({ nodes: [{ name: "alpha" }, { name: "beta", tun: false }] });
    await lab.nodes.alpha.signalTailscaled("SIGSTOP"); // a stopped process must not hold up the end
    assert.ok(processesOf(lab.dir).length >= 3);
    await lab.stop();
    // What entered a namespace is outside of it, and ends after its end.
    await eventually("no process", () => processesOf(lab.dir).length === 0, 10);
    assert.equal(existsSync(lab.dir), false);
  });

  test("leaves no process and no folder when its driver is killed", TIMEOUT, async () => {
    const script = `
      const { startLab } = await import(${JSON.stringify(new URL("lab.ts", import.meta.url).href)});
      const lab = await startLab({ nodes: [{ name: "alpha" }, { name: "beta", tun: false }] });
      await lab.nodes.alpha.fetch("http://127.0.0.1:1/").catch(() => {});
      process.stdout.write(lab.dir);
      setInterval(() => {}, 1000);
    `;
    const driver = spawn(process.execPath, [process.versions.deno === undefined ? "-e" : "eval", script]);
    const dir = await new Promise<string>((resolve, reject) => {
      driver.stdout.once("data", (chunk) => resolve(String(chunk)));
      driver.once("exit", (code) => reject(new Error(`the driver ended with ${code}`)));
    });
    assert.ok(processesOf(dir).length >= 4);
    driver.kill("SIGKILL");
    await eventually("the end of the lab", () => processesOf(dir).length === 0 && !existsSync(dir));
  });
});

async function talk(from: LabNode, to: LabNode, path: string): Promise<void> {
  await eventually(`a ${path} path from ${from.name} to ${to.name}`, async () => {
    await from.cli("ping", "--icmp", "-c", "1", to.ip4);
    return (await pathTo(from, to.name)) === path;
  });
}

/** Command lines that name the folder. */
function processesOf(dir: string): string[] {
  assert.match(dir, /tsmon-lab-/);
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(commandLine)
    .filter((line) => line.includes(dir));
}

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
  } catch {
    return ""; // ended since readdir
  }
}
