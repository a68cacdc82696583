import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { get } from "node:http";
import { join } from "node:path";
import { describe, test } from "node:test";
import { isDeepStrictEqual } from "node:util";
import { gunzipSync } from "node:zlib";
import { eventually } from "../../lab/eventually.ts";
import { run } from "../agent/tsmon.ts";
import { FakeTailscaled, sendJson, sendText } from "../fake-tailscaled.ts";
import { exporter, FakeAgent } from "./fake-agent.ts";
import { folder, peerAt, statusAt, TestDiscover } from "./test-discover.ts";

const TIMEOUT = { timeout: 30_000 };

describe("tsmon discover", () => {
  test("lists what agents tell, and asks at once one that joins", TIMEOUT, async () => {
    using dir = folder();
    await using tailscaled = await FakeTailscaled.start({ status: statusAt(1, 2) });
    await using one = await FakeAgent.start("127.0.1.1", 0, [
      exporter("tsmon"),
      exporter("postgres", { role: "main" }),
    ]);
    const args = ["--socket", tailscaled.socketPath, "--agent.port", `${one.port}`, "--refresh", "1h"];
    await using discover = await TestDiscover.start(args, { stateDir: dir.path });
    const at = (number: number, path = "") => `127.0.1.${number}:${one.port}${path}`;
    await discover.sees("the first agent", [at(1), at(1, "/proxy/postgres")]);
    const [, postgres] = (await discover.list()) ?? [];
    assert.equal(postgres?.labels.__meta_tsmon_label_role, "main");
    assert.equal(postgres?.labels.__meta_tailscale_device_id, "n1CNTRL");

    await using _ = await FakeAgent.start("127.0.1.3", one.port);
    const pong = { IP: "127.0.1.3", NodeIP: "127.0.1.3", NodeName: "host-3", Err: "", LatencySeconds: 0.001 };
    tailscaled.answers.ping["127.0.1.3"] = pong;
    await eventually("the bus", () => tailscaled.watchers > 0);
    tailscaled.answers.status = statusAt(1, 2, 3);
    tailscaled.notify({ SelfChange: {} });
    await discover.sees("the newcomer", [at(1), at(1, "/proxy/postgres"), at(3)]);
    assert.equal(await discover.metric("tsmon_discover_targets"), 3);
    assert.equal(await discover.metric("tsmon_discover_agents"), 2);
    assert.deepEqual(discover.log.length, 1, discover.log.join("\n"));
  });

  test("loses an exporter at the agent's next answer, and none by its silence", TIMEOUT, async () => {
    using dir = folder();
    await using tailscaled = await FakeTailscaled.start({ status: statusAt(1) });
    await using agent = await FakeAgent.start("127.0.1.1", 0, [exporter("tsmon"), exporter("a"), exporter("b")]);
    const args = ["--socket", tailscaled.socketPath, "--agent.port", `${agent.port}`];
    await using discover = await TestDiscover.start(args, { stateDir: dir.path });
    const at = (path = "") => `127.0.1.1:${agent.port}${path}`;
    await discover.sees("all exporters", [at(), at("/proxy/a"), at("/proxy/b")]);
    agent.exporters = [exporter("tsmon"), exporter("b")];
    await discover.sees("those that are left", [at(), at("/proxy/b")]);
    for (const silence of [
      (_: unknown, response: Parameters<typeof sendText>[0]) => sendText(response, 404, "no\n"),
      (_: unknown, response: Parameters<typeof sendText>[0]) => response.end("x".repeat(10_000_000)),
      (_: unknown, response: Parameters<typeof sendText>[0]) => response.destroy(),
      (_: unknown, response: Parameters<typeof sendText>[0]) => sendJson(response, { exporters: "none" }),
    ]) {
      agent.override("/.well-known/tsmon", silence);
      const before = agent.requests.length;
      await eventually("two more questions", () => agent.requests.length > before + 1);
      await discover.sees("the same", [at(), at("/proxy/b")]);
    }
    tailscaled.answers.status = { ...statusAt(), Peer: { k: peerAt(1, { Online: false }) } };
    const offline = async () => (await discover.list("/sd?online=false"))?.length === 2;
    await eventually("the same of the offline node", offline);
  });

  test("answers 503 before the first list, and before all were asked for an agent", TIMEOUT, async () => {
    using dir = folder();
    await using tailscaled = await FakeTailscaled.start({ status: { ...statusAt(1), BackendState: "Starting" } });
    await using agent = await FakeAgent.start("127.0.1.1", 0);
    let answer = () => {};
    agent.override("/.well-known/tsmon", (_, response) => {
      answer = () => sendJson(response, { exporters: [exporter("tsmon")] });
    });
    const args = ["--socket", tailscaled.socketPath, "--agent.port", `${agent.port}`];
    await using discover = await TestDiscover.start(args, { stateDir: dir.path });
    const refusal = async (path: string) => {
      const response = await discover.get(path);
      return `${response.status} ${await response.text()}`;
    };
    await eventually("the state", async () => /503 .*tailscaled is in state Starting/.test(await refusal("/sd")));
    assert.match(await refusal("/"), /^503 There is no whole list/);
    assert.match(await refusal("/readyz"), /^503 /);
    assert.match(await refusal("/healthz"), /^200 /);
    tailscaled.answers.status = statusAt(1);
    await eventually("a question", () => agent.requests.length > 0);
    assert.match(await refusal("/sd"), /^503 The devices are still being asked/);
    answer();
    await discover.sees("the agent", [`127.0.1.1:${agent.port}`]);
    assert.match(await refusal("/readyz"), /^200 /);
  });

  test("keeps the list through every fault of tailscaled", TIMEOUT, async () => {
    using dir = folder();
    await using tailscaled = await FakeTailscaled.start({ status: statusAt(1, 2, 3, 4) });
    const args = ["--socket", tailscaled.socketPath, "--agents", "none", "--target", "9100"];
    await using discover = await TestDiscover.start(args, { stateDir: dir.path });
    const all = [1, 2, 3, 4].map((number) => `127.0.1.${number}:9100`);
    await discover.sees("all", all);
    const whole = statusAt(1, 2, 3, 4);
    for (const [name, fault] of [
      ["HTML", (response: Parameters<typeof sendText>[0]) => response.end("<html>no</html>")],
      ["null", (response: Parameters<typeof sendText>[0]) => response.end("null")],
      ["500", (response: Parameters<typeof sendText>[0]) => sendText(response, 500, "no\n")],
      [
        "cut JSON",
        (response: Parameters<typeof sendText>[0]) => response.end(JSON.stringify(whole, null, "\t").slice(0, 2000)),
      ],
      ["a closed connection", (response: Parameters<typeof sendText>[0]) => response.destroy()],
      ["no peers", (response: Parameters<typeof sendText>[0]) => sendJson(response, statusAt())],
      ["null peers", (response: Parameters<typeof sendText>[0]) => sendJson(response, { ...whole, Peer: null })],
      ["half the peers", (response: Parameters<typeof sendText>[0]) => sendJson(response, statusAt(1, 2))],
      // One less, which is to be believed of a tailscaled that runs.
      ...["Stopped", "NeedsLogin", "Starting"].map(
        (BackendState) =>
          [
            BackendState,
            (response: Parameters<typeof sendText>[0]) => sendJson(response, { ...statusAt(1, 2, 3), BackendState }),
          ] as const,
      ),
    ] as const) {
      let asked = 0;
      tailscaled.override("status", (_, response, query) => {
        if (query.get("peers") === "false") return sendJson(response, { ...whole, Peer: null });
        asked++;
        fault(response);
      });
      await eventually(`two answers: ${name}`, () => asked > 1);
      await discover.sees(`all in spite of ${name}`, all);
      tailscaled.restore();
      await eventually(
        "the end of it",
        async () => (await discover.metric('tsmon_discover_source_success{source="local"}')) === 1,
      );
    }
    await tailscaled.stop();
    await eventually(
      "tailscaled gone",
      async () => (await discover.metric('tsmon_discover_source_success{source="local"}')) === 0,
    );
    await discover.sees("all without tailscaled", all);
    await tailscaled.listen();
    tailscaled.answers.status = statusAt(1, 2, 3);
    await discover.sees("one less, which is no fault", all.slice(0, 3));
  });

  test("lets go what vanished in large numbers when that has stood for the guard's time", TIMEOUT, async () => {
    using dir = folder();
    await using tailscaled = await FakeTailscaled.start({ status: statusAt(1, 2, 3, 4) });
    const args = ["--socket", tailscaled.socketPath, "--agents", "none", "--target", "9100", "--sd.shrink-guard", "8s"];
    await using discover = await TestDiscover.start(args, { stateDir: dir.path });
    await discover.sees(
      "all",
      [1, 2, 3, 4].map((number) => `127.0.1.${number}:9100`),
    );
    tailscaled.answers.status = statusAt(4, 5);
    await discover.says(/ warn Many devices vanished at once/);
    assert.equal(await discover.metric("tsmon_discover_held_back_targets"), 3);
    const page = await (await discover.get("/", { Accept: "text/html" })).text();
    assert.equal(page.match(/<td>local, \d+ s ago, not again: held back<td>/g)?.length, 3);
    await discover.says(
      / warn Devices that vanished were dropped after --sd\.shrink-guard subject="local devices" devices=3/,
    );
    await discover.sees(
      "what is left",
      [4, 5].map((number) => `127.0.1.${number}:9100`),
    );
    assert.doesNotMatch(discover.log.join("\n"), /Works again/);
  });

  test(
    "serves the last list at once when it is started without tailscaled, and says how old it is",
    TIMEOUT,
    async () => {
      using dir = folder();
      await using tailscaled = await FakeTailscaled.start({ status: statusAt(1, 2) });
      await using agent = await FakeAgent.start("127.0.1.1", 0, [exporter("tsmon"), exporter("a")]);
      const args = ["--socket", tailscaled.socketPath, "--agent.port", `${agent.port}`];
      const want = [`127.0.1.1:${agent.port}`, `127.0.1.1:${agent.port}/proxy/a`];
      {
        await using first = await TestDiscover.start(args, { stateDir: dir.path });
        await first.sees("the agent", want);
        first.signal("SIGTERM");
        assert.equal((await first.ended()).code, 0);
      }
      assert.deepEqual(readdirSync(dir.path), ["discover.json"]);
      await tailscaled.stop();
      await using second = await TestDiscover.start(args, { stateDir: dir.path });
      assert.deepEqual((await second.list())?.length, 2);
      assert.match(
        second.log.join("\n"),
        / info Serving the list of an earlier run until there is a new one targets=2 ageSeconds=\d+/,
      );
      await second.sees("the same", want);
      assert.match((await second.get("/sd")).headers.get("age") ?? "", /^\d+$/);
      assert.equal(await second.metric('tsmon_discover_source_success{source="local"}'), 0);
      await tailscaled.listen();
      await eventually(
        "tailscaled",
        async () => (await second.metric('tsmon_discover_source_success{source="local"}')) === 1,
      );
      await second.sees("the same", want);
    },
  );

  for (const [name, text] of [
    ["damaged", '{"tsmon_discover_state":1,"saved'],
    ["foreign", '{"name":"something else"}'],
    ["of another version", '{"tsmon_discover_state":99}'],
    ["binary", "\u0000\u0001\ufffd"],
  ] as const) {
    test(`sets a file aside that is ${name}, and starts`, TIMEOUT, async () => {
      using dir = folder();
      writeFileSync(join(dir.path, "discover.json"), text);
      await using tailscaled = await FakeTailscaled.start({ status: statusAt(1) });
      const args = ["--socket", tailscaled.socketPath, "--agents", "none", "--target", "9100"];
      await using discover = await TestDiscover.start(args, { stateDir: dir.path });
      await discover.sees("a list", ["127.0.1.1:9100"]);
      assert.match(discover.log.join("\n"), / warn Cannot use the list of an earlier run: .*discover\.json\.unusable/);
      assert.equal(readFileSync(join(dir.path, "discover.json.unusable"), "utf8"), text);
    });
  }

  test("goes on with a state folder that cannot be written", TIMEOUT, async () => {
    using dir = folder();
    writeFileSync(join(dir.path, "file"), "");
    await using tailscaled = await FakeTailscaled.start({ status: statusAt(1) });
    const args = ["--socket", tailscaled.socketPath, "--agents", "none", "--target", "9100"];
    await using discover = await TestDiscover.start(args, { stateDir: join(dir.path, "file", "below") });
    await discover.sees("a list", ["127.0.1.1:9100"]);
    await discover.says(/ warn Cannot keep the list on disk: ENOTDIR \(name another folder with --state\.dir\)/);
    assert.equal(await discover.metric("tsmon_discover_state_write_successful"), 0);
  });

  test("keeps no list on disk that is not whole", TIMEOUT, async () => {
    using dir = folder();
    await using tailscaled = await FakeTailscaled.start({ status: statusAt(1) });
    await using agent = await FakeAgent.start("127.0.1.1", 0);
    agent.override("/.well-known/tsmon", () => {});
    const args = ["--socket", tailscaled.socketPath, "--agent.port", `${agent.port}`];
    await using discover = await TestDiscover.start(args, { stateDir: dir.path });
    await eventually("a question", () => agent.requests.length > 0);
    discover.signal("SIGTERM");
    assert.equal((await discover.ended()).code, 0);
    assert.deepEqual(readdirSync(dir.path), []);
  });

  test("asks for no agents with --agents none, and lists none of an earlier run", TIMEOUT, async () => {
    using dir = folder();
    await using tailscaled = await FakeTailscaled.start({ status: statusAt(1) });
    await using agent = await FakeAgent.start("127.0.1.1", 0);
    const args = ["--socket", tailscaled.socketPath, "--agent.port", `${agent.port}`];
    {
      await using first = await TestDiscover.start(args, { stateDir: dir.path });
      await first.sees("the agent", [`127.0.1.1:${agent.port}`]);
      first.signal("SIGTERM");
      await first.ended();
    }
    // Another agent, for a question of the first may still be on its way to this one.
    await using other = await FakeAgent.start("127.0.1.1", 0);
    const none = ["--agents", "none", "--agent.port", `${other.port}`];
    await using second = await TestDiscover.start([...args.slice(0, 2), ...none], { stateDir: dir.path });
    await second.sees("nothing", []);
    await second.sees("the one device", ["127.0.1.1:80"], "/sd/devices");
    assert.deepEqual(other.requests, []);
  });

  test("takes other settings at SIGHUP, and never has no list meanwhile", TIMEOUT, async () => {
    using dir = folder();
    await using tailscaled = await FakeTailscaled.start({ status: statusAt(1) });
    const file = join(dir.path, "settings.yml");
    writeFileSync(file, "target: [9100]\nagents: [none]\n");
    const args = ["--socket", tailscaled.socketPath, "--config.file", file];
    await using discover = await TestDiscover.start(args, { stateDir: join(dir.path, "state") });
    await discover.sees("the target", ["127.0.1.1:9100"]);
    await tailscaled.stop();
    writeFileSync(file, "target: [9200]\nagents: [none]\nsd.module: [web?name=nothing]\n");
    discover.signal("SIGHUP");
    await discover.says(/ info Settings reloaded/);
    await discover.sees("the other target, without tailscaled", ["127.0.1.1:9200"]);
    await discover.sees("the module", [], "/sd/web");
    writeFileSync(file, "tarket: [1]\n");
    discover.signal("SIGHUP");
    await discover.says(/ error Cannot reload the settings, so the old ones stay: .*unknown key "tarket"/);
    assert.equal(await discover.metric("tsmon_config_last_reload_successful"), 0);
    await discover.sees("the same", ["127.0.1.1:9200"]);
  });

  test("says which file for Prometheus cannot be written, once", TIMEOUT, async () => {
    using dir = folder();
    await using tailscaled = await FakeTailscaled.start({ status: statusAt(1) });
    const args = ["--socket", tailscaled.socketPath, "--agents", "none", "--file-sd", "/proc/none/sd.json"];
    await using discover = await TestDiscover.start(args, { stateDir: dir.path });
    await discover.says(/ warn Cannot write the file for Prometheus: ENOENT subject=\/proc\/none\/sd\.json/);
    await discover.sees("an empty list all the same", []);
    assert.equal(await discover.metric('tsmon_discover_file_write_successful{file="/proc/none/sd.json"}'), 0);
    const polls = async () => (await discover.metric('tsmon_discover_polls_total{outcome="ok",source="local"}')) ?? 0;
    const before = await polls();
    await eventually("more polls", async () => (await polls()) > before + 2);
    assert.equal(discover.log.filter((line) => line.includes("Cannot write")).length, 1);
  });

  test("keeps files for Prometheus, whole at any time and rewritten only when they change", TIMEOUT, async () => {
    using dir = folder();
    await using tailscaled = await FakeTailscaled.start({ status: statusAt(1, 2) });
    const files = ["all.json", "one.yml?name=host-1"].flatMap((file) => ["--file-sd", join(dir.path, "sd", file)]);
    const args = ["--socket", tailscaled.socketPath, "--agents", "none", "--target", "9100", ...files];
    await using discover = await TestDiscover.start(args, { stateDir: dir.path });
    const read = (file: string) => {
      const path = join(dir.path, "sd", file);
      return existsSync(path) ? readFileSync(path, "utf8") : "";
    };
    await eventually("both files", () => read("all.json") !== "" && read("one.yml") !== "");
    assert.deepEqual(JSON.parse(read("all.json")), await discover.list());
    assert.match(
      read("one.yml"),
      /^- targets: \["127\.0\.1\.1:9100"\]\n {2}labels:\n {4}__meta_tailscale_api: "localhost"\n/,
    );
    tailscaled.answers.status = statusAt(1, 2, 3);
    await eventually("the third", () => read("all.json").includes("127.0.1.3"));
    // A file that is being written has another beside it until it is there.
    const present = () => readdirSync(join(dir.path, "sd")).sort();
    await eventually("those two alone", () => isDeepStrictEqual(present(), ["all.json", "one.yml"]));
  });

  test("answers filters, modules, ETag, gzip, and a page for people", TIMEOUT, async () => {
    using dir = folder();
    const status = {
      ...statusAt(1, 2),
      Peer: { a: peerAt(1, { Tags: ["tag:web"] }), b: peerAt(2, { OS: "iOS", HostName: "<b>" }) },
    };
    await using tailscaled = await FakeTailscaled.start({ status });
    const args = [
      "--socket",
      tailscaled.socketPath,
      "--agents",
      "none",
      "--target",
      "9100",
      "--sd.module",
      "web?tag=web",
    ];
    await using discover = await TestDiscover.start(args, { stateDir: dir.path });
    await discover.sees("the target", ["127.0.1.1:9100"]);
    await discover.sees("the module", ["127.0.1.1:9100"], "/sd/web");
    await discover.sees("the module narrowed", [], "/sd/web?os=windows");
    await discover.sees("the module narrowed by its own parameter", [], "/sd/web?tag=db");
    await discover.sees("what both match", ["127.0.1.1:9100"], "/sd/web?tag=w*&tag=db");
    assert.equal((await discover.get("/sd/web?tag=w&shard=1")).status, 400);
    await discover.sees("devices", ["127.0.1.1:80", "127.0.1.2:80"], "/sd/devices");
    await discover.sees("devices as tailscalesd has them", ["127.0.1.1", "127.0.1.2"], "/sd/tailscalesd");
    for (const [path, code] of [
      ["/sd?tga=web", 400],
      ["/sd/none", 404],
      ["/sd/constructor", 404],
      ["/none", 404],
    ] as const) {
      assert.equal((await discover.get(path)).status, code, path);
    }
    const plain = await discover.get("/", { Accept: "application/json", "Accept-Encoding": "identity" });
    assert.equal(plain.headers.get("content-type"), "application/json");
    const etag = plain.headers.get("etag") ?? "";
    assert.equal((await discover.get("/sd", { "If-None-Match": etag })).status, 304);
    const page = await (await discover.get("/", { Accept: "text/html,*/*" })).text();
    assert.match(page, /127\.0\.1\.1:9100\/metrics<\/code><td>host-1<td><td>yes<td>local, \d+ s ago<td>/);
    assert.match(page, /agents are not asked/);
    assert.doesNotMatch(page, /<b>/);
    const head = await fetch(`${discover.url}/sd`, { method: "HEAD", headers: { "Accept-Encoding": "identity" } });
    const length = `${Buffer.byteLength(await plain.clone().text())}`;
    assert.deepEqual([head.status, head.headers.get("content-length"), await head.text()], [200, length, ""]);
    const packed = await rawGet(`${discover.url}/sd`, { "Accept-Encoding": "gzip" });
    assert.equal(gunzipSync(packed).toString(), await plain.text());
  });

  test(
    "has Prometheus come through it beside a userspace tailscaled, and says which part failed",
    TIMEOUT,
    async () => {
      using dir = folder();
      await using agent = await FakeAgent.start("127.0.0.1", 0, [exporter("tsmon"), exporter("a"), exporter("big")]);
      const status = { ...statusAt(1, 2), TUN: false };
      await using tailscaled = await FakeTailscaled.start({ status, dial: { "127.0.1.1:5253": agent.port } });
      await using discover = await TestDiscover.start(["--socket", tailscaled.socketPath], { stateDir: dir.path });
      const via = (key: string) => `${new URL(discover.url).host}/via/n1CNTRL/${key}`;
      await discover.sees("targets by way of discover", [via("tsmon"), via("a"), via("big")]);
      const answer = await discover.get("/via/n1CNTRL/a");
      assert.deepEqual([answer.status, await answer.text()], [200, "# from /proxy/a\nup 1\n"]);
      assert.equal(answer.headers.get("content-type"), "text/plain; version=0.0.4");
      // What a host says may be a page with a script, which is not to run as discover's own.
      assert.equal(answer.headers.get("content-security-policy"), "sandbox");
      assert.equal(answer.headers.get("x-content-type-options"), "nosniff");
      assert.equal(await discover.metric('tsmon_discover_via_requests_total{outcome="ok"}'), 1);
      const head = await discover.get("/via/n1CNTRL/a", {}, "HEAD");
      assert.deepEqual([head.status, await head.text()], [200, ""]);
      assert.equal(await discover.metric('tsmon_discover_via_requests_total{outcome="ok"}'), 2);
      for (const path of ["/via/n1CNTRL/none", "/via/n2CNTRL/tsmon", "/via/n1CNTRL/../x", "/via/n1CNTRL/a%2f.."]) {
        assert.equal((await discover.get(path)).status, 404, path);
      }
      agent.override("/proxy/a", (_, response) => response.destroy());
      const silent = await discover.get("/via/n1CNTRL/a");
      assert.deepEqual(
        [silent.status, await silent.text()],
        [502, "The exporter at 127.0.1.1:5253 does not answer: the answer breaks off\n"],
      );
      agent.override("/proxy/a", () => {});
      const slow = await discover.get("/via/n1CNTRL/a", { "X-Prometheus-Scrape-Timeout-Seconds": "2" });
      assert.equal(slow.status, 504);
      assert.match(await slow.text(), /^The exporter at 127\.0\.1\.1:5253 does not answer: no answer in 1\.\d+ s$/m);
      agent.override("/proxy/big", (_, response) => {
        response.writeHead(200, { "Content-Length": "1000" });
        response.write("up");
        setTimeout(() => response.destroy(), 50);
      });
      await assert.rejects((await discover.get("/via/n1CNTRL/big")).text());
      for (const isEnded of [true, false]) {
        // As long as its connection: only how that ends tells whether it is whole.
        agent.override("/proxy/big", ({ socket }) => {
          socket.write("HTTP/1.1 200 OK\r\n\r\nup 1\n");
          if (isEnded) socket.end();
        });
        const timeout = { "X-Prometheus-Scrape-Timeout-Seconds": "2" };
        const open = await discover.get("/via/n1CNTRL/big", isEnded ? {} : timeout);
        if (isEnded) assert.equal(await open.text(), "up 1\n");
        else await assert.rejects(open.text());
      }
      delete tailscaled.answers.dial["127.0.1.1:5253"];
      const lost = await discover.get("/via/n1CNTRL/a");
      assert.equal(lost.status, 502);
      assert.match(await lost.text(), /^Cannot reach 127\.0\.1\.1:5253 through the tailnet: .*dial failure/);
    },
  );

  test("obeys a flood on the bus no more than it must", TIMEOUT, async () => {
    using dir = folder();
    await using tailscaled = await FakeTailscaled.start({ status: statusAt(1) });
    const args = ["--socket", tailscaled.socketPath, "--agents", "none", "--target", "9100", "--refresh", "1h"];
    await using discover = await TestDiscover.start(args, { stateDir: dir.path });
    await discover.sees("the target", ["127.0.1.1:9100"]);
    await eventually("the bus", () => tailscaled.watchers > 0);
    const startedMs = performance.now();
    for (let i = 0; i < 300; i++) tailscaled.notify({ SelfChange: {} });
    tailscaled.notify(new TextEncoder().encode("garbage\n"));
    await eventually(
      "the bus opened anew",
      () => tailscaled.requests.filter(({ url }) => url?.includes("watch-ipn-bus")).length > 1,
    );
    const asked = tailscaled.requests.filter(({ url }) => url === "/localapi/v0/status").length;
    const most = 14 + (2 * (performance.now() - startedMs)) / 1000;
    assert.ok(asked <= most, `${asked} questions, more than ${most}`);
  });

  test("takes a message that says nothing for no hint", TIMEOUT, async () => {
    using dir = folder();
    await using tailscaled = await FakeTailscaled.start({ status: statusAt(1) });
    const args = ["--socket", tailscaled.socketPath, "--agents", "none", "--target", "9100", "--refresh", "1h"];
    await using discover = await TestDiscover.start(args, { stateDir: dir.path });
    await discover.sees("the target", ["127.0.1.1:9100"]);
    await eventually("the bus", () => tailscaled.watchers > 0);
    const asked = () => tailscaled.requests.filter(({ url }) => url === "/localapi/v0/status").length;
    const before = asked();
    tailscaled.answers.status = statusAt(1, 2);
    for (let i = 0; i < 50; i++) tailscaled.notify({ Version: "1.102.3", State: null, Engine: { RBytes: i } });
    assert.equal(asked(), before);
    tailscaled.notify({ Version: "1.102.3", PeersChanged: [{ ID: 2 }] });
    await discover.sees("both", ["127.0.1.1:9100", "127.0.1.2:9100"]);
    assert.equal(asked(), before + 1);
  });

  test("--config.check names what is wrong with targets, modules and files", TIMEOUT, async () => {
    const wrong = [
      "--target",
      "99999",
      "--target",
      "9100@web",
      "--sd.module",
      "web?tga=x",
      "--file-sd",
      "x.txt",
      "--agents",
      "all",
    ];
    const { code, stderr } = await run(["discover", "--config.check", ...wrong]);
    assert.equal(code, 2);
    assert.match(stderr, /flag --target: "99999" is not a target: expected PORT/);
    assert.match(stderr, /flag --target: "9100@web" is not a target/);
    assert.match(stderr, /flag --sd\.module: "web\?tga=x" has a wrong query\. Unknown parameter "tga"/);
    assert.match(stderr, /flag --file-sd: "x\.txt" is not a file for Prometheus/);
    assert.match(stderr, /flag --agents: "all" is no way to find agents/);
  });
});

/** The body as it comes, which fetch would unpack. */
async function rawGet(url: string, headers: Readonly<Record<string, string>>): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  const request = get(url, { headers }, (response) => {
    const chunks: Buffer[] = [];
    response.on("data", (chunk: Buffer) => chunks.push(chunk));
    response.on("end", () => resolve(Buffer.concat(chunks)));
  });
  request.on("error", reject);
  return await promise;
}
