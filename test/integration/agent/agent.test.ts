import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { freePort } from "../../free-port.ts";
import { FakeTailscaled, statusOf } from "../fake-tailscaled.ts";
import { run, TestAgent, Tsmon } from "./tsmon.ts";

const TIMEOUT = { timeout: 60_000 };
const NO_TAILSCALED = ["--socket", "/nonexistent/tailscaled.sock"];
const FEW = ["--collector.disable-defaults", "--collector.loadavg", "--collector.tailscale_peers"];

describe("tsmon", () => {
  for (const [args, code, stream, want] of [
    [[], 2, "stderr", /^Which command\?\n\nUsage: tsmon COMMAND/],
    [["--help"], 0, "stdout", /^Usage: tsmon COMMAND/],
    [["agnet"], 2, "stderr", /^Unknown command "agnet": expected agent, .+\n\nUsage/],
    [["generate"], 2, "stderr", /^Generate what\?\n\nUsage/],
    [["generate", "acls"], 2, "stderr", /^Cannot generate "acls": expected acl, prometheus\n/],
    [["generate", "acl"], 0, "stdout", /"grants": \[/],
    [["generate", "acl", "--people", "every one"], 2, "stderr", /^flag --people: "every one" is not a tag/],
    [["--version"], 0, "stdout", /^tsmon \d+\.\d+\.\d+ \(revision .+, (?:bun|deno) [\d.]+\)\n$/],
    [["agent", "--version"], 0, "stdout", /^tsmon \d+\.\d+\.\d+ /],
    [["agent", "--help"], 0, "stdout", /--web\.listen ADDR:PORT/],
    [["agent", "--config.check"], 0, "stderr", /^$/],
    [["agent", "--config.print", "--peers", "none"], 0, "stdout", /^peers: none # flag --peers$/m],
    [["agent", "--config.check", "--peers", "some"], 2, "stderr", /^flag --peers: "some" is not one of/],
    [["install"], 2, "stderr", /^Which mode\?\n\nUsage: tsmon install MODE/],
    [["install", "agnet"], 2, "stderr", /^Unknown mode "agnet"\n\nUsage/],
    [["install", "agent", "--peers", "some"], 2, "stderr", /^flag --peers: "some" is not one of/],
    [["install", "agent", "--config.check"], 2, "stderr", /^--config\.check is not for a service\n/],
    [["install", "agent", "--dry-run", "--peers", "none"], 0, "stdout", /^peers: none$[\s\S]+^ExecStart=/m],
    [["uninstall", "agent", "--prune"], 2, "stderr", /^Unknown flag "--prune"\n\nUsage/],
    [["uninstall", "agent", "--dry-run"], 0, "stdout", /^systemctl disable --now tsmon-agent\.service$/m],
    [["completion"], 2, "stderr", /^Which shell\?\n\nUsage/],
    [["completion", "bash"], 0, "stdout", /^complete -F _tsmon tsmon$/m],
    [["doctor", "--help"], 0, "stdout", /^Usage: tsmon doctor \[flags\] \[HOST \.\.\.\]/],
    [["doctor", "--version"], 0, "stdout", /^tsmon \d+\.\d+\.\d+ /],
    [["doctor", "a", "b"], 2, "stderr", /^argument: .*too many: expected one host/],
    [["doctor", "--socket=/nonexistent", "--agent.port=1"], 1, "stdout", /^FAIL +tailscaled +.*ENOENT$/m],
  ] as const) {
    test(`${args.join(" ") || "without a command"} ends with ${code}`, TIMEOUT, async () => {
      const ended = await run(args);
      assert.deepEqual([ended.code, want.test(ended[stream])], [code, true], ended.stdout + ended.stderr);
      assert.doesNotMatch(ended.stderr, /^ +at /m);
      assert.equal(stream === "stdout" ? ended.stderr : ended.stdout, "");
    });
  }
});

describe("tsmon agent", () => {
  test("says every mistake of its settings on a line of its own and ends with 2", TIMEOUT, async () => {
    const args = ["agent", "--web.lisen", ":1", "--peers", "some", "--web.max-requests", "many"];
    const { code, stdout, stderr } = await run(args, { TSMON_AGENT_LOG_LEVEL: "loud" });
    assert.deepEqual([code, stdout], [2, ""]);
    const lines = stderr.trimEnd().split("\n");
    assert.equal(lines.length, 4, stderr);
    for (const name of ["--web.listen", "--peers", "--web.max-requests", "TSMON_AGENT_LOG_LEVEL"]) {
      assert.equal(lines.filter((line) => line.includes(name)).length, 1, `${name} in\n${stderr}`);
    }
  });

  test("reads no .env file where the checkout's bunfig.toml is", TIMEOUT, async () => {
    const bunfig = readFileSync(new URL("../../../bunfig.toml", import.meta.url), "utf8");
    const files = { "bunfig.toml": bunfig, ".env": "TSMON_AGENT_PEERS=bogus\n" };
    await using tsmon = new Tsmon(["agent", "--config.check"], {}, { files });
    const { code, stderr } = await tsmon.ended();
    assert.deepEqual([code, stderr], [0, ""]);
  });

  test("names the address that is in use, and the flag, and ends with 1", TIMEOUT, async () => {
    const occupant = createServer().listen(0, "127.0.0.1");
    await once(occupant, "listening");
    const { port } = occupant.address() as { port: number };
    const { code, stderr } = await run(["agent", "--web.listen", `127.0.0.1:${port}`, ...NO_TAILSCALED]);
    assert.equal(code, 1);
    assert.match(stderr, new RegExp(`^\\S+ error Cannot listen on 127\\.0\\.0\\.1:${port}: .*--web\\.listen\\)\n$`));
    occupant.close();
  });

  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    test(`ends with 0 at ${signal}`, TIMEOUT, async () => {
      await using agent = await TestAgent.start([...NO_TAILSCALED, ...FEW]);
      agent.signal(signal);
      const { code, stdout, stderr } = await agent.ended();
      assert.deepEqual([code, stdout], [0, ""]);
      assert.match(stderr, new RegExp(`info Stopped signal=${signal}\n$`));
    });
  }

  test("finishes a scrape that is under way when it is asked to stop", TIMEOUT, async () => {
    await using fake = await FakeTailscaled.start({ status: statusOf(1) });
    await using agent = await TestAgent.start(["--socket", fake.socketPath, ...FEW]);
    const asked = Promise.withResolvers<void>();
    fake.override("status", (_, response) => {
      asked.resolve();
      agent.signal("SIGTERM");
      setTimeout(() => response.end(JSON.stringify(fake.answers.status)), 300);
    });
    const series = agent.scrape();
    await asked.promise;
    assert.equal((await series).get('tailscale_peers{online="true"}'), 1);
    assert.equal((await agent.ended()).code, 0);
  });

  test("is silent while all is well", TIMEOUT, async () => {
    await using fake = await FakeTailscaled.start({ status: statusOf(3) });
    await using agent = await TestAgent.start(["--socket", fake.socketPath, ...FEW]);
    for (let i = 0; i < 5; i++) await agent.scrape();
    assert.equal(agent.log.length, 1, agent.log.join("\n"));
  });

  test("takes other settings at SIGHUP, and keeps the old ones when the file is bad", TIMEOUT, async () => {
    await using fake = await FakeTailscaled.start({ status: statusOf(3) });
    await using starter = new Tsmon(["--version"]);
    const file = join(starter.directory, "tsmon.yml");
    writeFileSync(file, "peers: none\n");
    await using agent = await TestAgent.start(["--socket", fake.socketPath, "--config.file", file, ...FEW]);
    const peersShown = (series: Map<string, number>) =>
      [...series.keys()].filter((name) => name.startsWith("tailscale_peer_info{")).length;
    const look = async () => {
      const series = await agent.scrape();
      return [peersShown(series), series.get("tsmon_config_last_reload_successful")];
    };
    assert.deepEqual(await look(), [0, 1]);

    writeFileSync(file, "peers: all\n");
    agent.signal("SIGHUP");
    await agent.says(/ info Settings reloaded$/);
    assert.deepEqual(await look(), [3, 1]);

    for (const [index, bad] of ["peers: some\n", "peerz: none\n", "peers: [\n"].entries()) {
      writeFileSync(file, bad);
      agent.signal("SIGHUP");
      await agent.says(/ error Cannot reload the settings, so the old ones stay: /, index + 1);
      assert.deepEqual(await look(), [3, 0]);
    }

    writeFileSync(file, "peers: active\n");
    agent.signal("SIGHUP");
    await agent.says(/ info Settings reloaded$/, 2);
    assert.deepEqual(await look(), [0, 1]);
    assert.equal((await look())[1], 1);
  });

  test("keeps its address when SIGHUP brings one that is in use, and may widen its own", TIMEOUT, async () => {
    const occupant = createServer().listen(0, "127.0.0.1");
    await once(occupant, "listening");
    const taken = (occupant.address() as { port: number }).port;
    const port = await freePort();
    await using starter = new Tsmon(["--version"]);
    const file = join(starter.directory, "tsmon.yml");
    writeFileSync(file, `web.listen: ["127.0.0.1:${port}"]\n`);
    await using agent = new Tsmon(["agent", ...NO_TAILSCALED, "--config.file", file, ...FEW]);
    await agent.says(/ info Serving metrics on /);
    const successful = async () => {
      const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
      return /^tsmon_config_last_reload_successful (\d)$/m.exec(text)?.[1];
    };
    for (const addresses of [[`127.0.0.1:${taken}`], [`0.0.0.0:${port}`, `127.0.0.1:${taken}`]]) {
      writeFileSync(file, JSON.stringify({ "web.listen": addresses }));
      agent.signal("SIGHUP");
      await agent.says(/ error Cannot reload .*: Cannot listen on .* in use/, addresses.length);
      assert.equal(await successful(), "0");
    }
    writeFileSync(file, `web.listen: ["0.0.0.0:${port}"]\n`);
    agent.signal("SIGHUP");
    await agent.says(/ info Settings reloaded$/);
    assert.equal(await successful(), "1");
    occupant.close();
  });

  test("takes a collector that --collector.disable-defaults turns off for off, in others too", TIMEOUT, async () => {
    const host = `--path.procfs=${fileURLToPath(new URL("../../fixtures/host/proc", import.meta.url))}`;
    const flags = [...NO_TAILSCALED, host, "--collector.disable-defaults", "--collector.cpu", "--collector.cpu.info"];
    const familiesOf = async (more: string[]) => {
      await using agent = await TestAgent.start([...flags, ...more]);
      const names = new Set([...(await agent.scrape()).keys()].map((series) => series.replace(/\{.*/, "")));
      return ["node_cpu_info", "node_cpu_frequency_hertz"].filter((name) => names.has(name));
    };
    assert.deepEqual(await familiesOf([]), ["node_cpu_info"]);
    assert.deepEqual(await familiesOf(["--collector.cpufreq"]), ["node_cpu_info", "node_cpu_frequency_hertz"]);
  });

  test("has another exporter's families with --compat, beside its own of the same names", TIMEOUT, async () => {
    await using fake = await FakeTailscaled.start({ status: statusOf(2) });
    await using agent = await TestAgent.start(["--socket", fake.socketPath, ...FEW, "--compat", "mesh"]);
    const series = await agent.scrape();
    assert.equal(series.get("tailscale_peers_total"), 2);
    const online = [...series.keys()].filter((key) => key.startsWith("tailscale_peer_online{"));
    assert.deepEqual(online.map((key) => key.replace(/\{(\w+)=.*/, " $1")).sort(), [
      ...["tailscale_peer_online hostname", "tailscale_peer_online hostname"],
      ...["tailscale_peer_online peer", "tailscale_peer_online peer"],
    ]);
  });

  test("answers /healthz, /readyz, / and what it does not have", TIMEOUT, async () => {
    await using fake = await FakeTailscaled.start({ status: { ...statusOf(1), BackendState: "NeedsLogin" } });
    await using agent = await TestAgent.start(["--socket", fake.socketPath, ...FEW]);
    const answers = [];
    for (const path of ["/healthz", "/readyz", "/", "/nowhere", "/proxy/nothing", "/metrics?collect[]=nothing"]) {
      const response = await agent.get(path);
      answers.push([path, response.status, (await response.text()).split("\n")[0]]);
    }
    assert.deepEqual(answers, [
      ["/healthz", 200, "ok"],
      ["/readyz", 503, "tailscaled is in state NeedsLogin (see: tailscale status)"],
      ["/", 200, "<!doctype html>"],
      ["/nowhere", 404, "No such page. Metrics are at /metrics"],
      ["/proxy/nothing", 404, "No such exporter. The page at / has those that there are."],
      [
        "/metrics?collect[]=nothing",
        400,
        'Unknown or disabled collector "nothing": enabled are tailscale_peers, loadavg.',
      ],
    ]);
    fake.answers.status = statusOf(1);
    assert.equal((await agent.get("/readyz")).status, 200);
  });

  for (const rest of ["HTTP/1.0\r\n", "HTTP/1.1\r\nHost:\r\nConnection: close\r\n"]) {
    test(
      `answers a request without the name of a host, as load balancers send it: ${JSON.stringify(rest)}`,
      TIMEOUT,
      async () => {
        await using agent = await TestAgent.start(FEW);
        const { hostname, port } = new URL(agent.url);
        for (const [path, want] of [
          ["/healthz", "ok"],
          ["/metrics", "node_load1"],
          ["/x/metrics", "No such page"],
        ] as const) {
          const socket = connect(Number(port), hostname, () => socket.write(`GET ${path} ${rest}\r\n`));
          assert.ok((await text(socket)).includes(want), `${path} has ${want}`);
        }
      },
    );
  }

  test("lets no scrape suffer from a client that hangs up on the run that they share", TIMEOUT, async () => {
    await using fake = await FakeTailscaled.start({ status: statusOf(2) });
    await using agent = await TestAgent.start(["--socket", fake.socketPath, ...FEW]);
    const asked = Promise.withResolvers<() => void>();
    fake.override("status", (_, response, query) => {
      if (query.get("peers") === "false") response.destroy();
      else asked.resolve(() => response.end(JSON.stringify(fake.answers.status)));
    });
    const first = agent.scrape();
    const answer = await asked.promise;
    const hangingUp = new AbortController();
    const second = agent.get("/metrics", hangingUp.signal);
    hangingUp.abort();
    await assert.rejects(second);
    answer();
    assert.equal((await first).get('tailscale_peers{online="true"}'), 2);
  });
});
