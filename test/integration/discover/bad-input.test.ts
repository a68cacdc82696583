import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { eventually } from "../../lab/eventually.ts";
import { FakeTailscaled } from "../fake-tailscaled.ts";
import { exporter, FakeAgent } from "./fake-agent.ts";
import { apiDevice, FakeApi, headscaleNode, send } from "./fake-api.ts";
import { folder, type Group, peerAt, statusAt, TestDiscover } from "./test-discover.ts";

const TIMEOUT = { timeout: 30_000 };
const PLAIN = ["--agents", "none", "--target", "9100"];
const targets = (...numbers: number[]) => numbers.map((number) => `127.0.1.${number}:9100`);

/** Fails where a list has anything for which Prometheus, the second one too, refuses it all. */
function assertReadable(groups: readonly Group[]): void {
  for (const { targets, labels } of groups) {
    assert.deepEqual([targets.length, /^(?:[\d.]+|\[[\da-f:]+\]):\d+$/.test(targets[0])], [1, true], targets[0]);
    for (const [name, value] of Object.entries(labels)) {
      assert.match(name, /^[a-zA-Z_][a-zA-Z0-9_]*$/);
      assert.equal(typeof value, "string");
    }
  }
}

describe("tsmon discover beside a faulty tailscaled", () => {
  test("has no list before tailscaled is there, and one at once when it is", TIMEOUT, async () => {
    using dir = folder();
    await using tailscaled = await FakeTailscaled.start({ status: statusAt(1) });
    await tailscaled.stop();
    const args = ["--socket", tailscaled.socketPath, ...PLAIN];
    await using discover = await TestDiscover.start(args, { stateDir: dir.path });
    await discover.says(/ warn Cannot read LocalAPI /);
    const refused = await discover.get("/sd");
    assert.deepEqual([refused.status, refused.headers.get("content-type")?.split(";")[0]], [503, "text/plain"]);
    assert.match(await refused.text(), /^There is no whole list of devices yet\. local: Cannot read LocalAPI /);
    await tailscaled.listen();
    await discover.sees("the target", targets(1));
  });

  test("serves its list while tailscaled takes questions and never answers", TIMEOUT, async () => {
    using dir = folder();
    await using tailscaled = await FakeTailscaled.start({ status: statusAt(1, 2) });
    const args = ["--socket", tailscaled.socketPath, ...PLAIN];
    await using discover = await TestDiscover.start(args, { stateDir: dir.path });
    await discover.sees("both", targets(1, 2));
    let asked = 0;
    tailscaled.override("status", () => void asked++);
    await eventually("a question without an answer", () => asked > 0);
    await discover.sees("both all the same", targets(1, 2));
    await tailscaled.stop();
    await discover.says(/ warn Cannot read LocalAPI /);
    await discover.sees("both still", targets(1, 2));
    tailscaled.restore();
    tailscaled.answers.status = statusAt(1, 2, 3);
    await tailscaled.listen();
    await discover.sees("one more", targets(1, 2, 3));
  });

  test("goes without hints when the bus dies, and asks as before", TIMEOUT, async () => {
    using dir = folder();
    await using tailscaled = await FakeTailscaled.start({ status: statusAt(1) });
    tailscaled.override("watch-ipn-bus", (_, response) => response.destroy());
    const args = ["--socket", tailscaled.socketPath, ...PLAIN];
    await using discover = await TestDiscover.start(args, { stateDir: dir.path });
    await discover.sees("the target", targets(1));
    tailscaled.answers.status = statusAt(1, 2);
    await discover.sees("what comes without a hint", targets(1, 2));
  });

  test("tells two nodes with one name apart, and takes any name and tag", TIMEOUT, async () => {
    using dir = folder();
    const twin = { HostName: "twin", DNSName: "twin.lab.ts.net." };
    const odd = { HostName: '"\n{}\\', Tags: ["tag:ж", "tag:я", 'tag:a"b\n', "tag:", "", "no-prefix", "tag:0"] };
    const peers = { a: peerAt(1, twin), b: peerAt(2, twin), c: peerAt(3, odd) };
    await using tailscaled = await FakeTailscaled.start({ status: { ...statusAt(), Peer: peers } });
    const args = ["--socket", tailscaled.socketPath, ...PLAIN];
    await using discover = await TestDiscover.start(args, { stateDir: dir.path });
    await discover.sees("all", targets(1, 2, 3));
    await discover.sees("both of one name", targets(1, 2), "/sd?name=twin");
    await discover.sees("the one with a tag", targets(3), `/sd?tag=${encodeURIComponent('a"b\n')}`);
    const groups = (await discover.list()) ?? [];
    assertReadable(groups);
    const tags = Object.keys(groups[2]!.labels).filter((name) => name.includes("_device_tag_"));
    const names = tags.map((name) => name.replace("__meta_tailscale_device_tag_", ""));
    assert.deepEqual(names.sort(), ["0", "EMPTY", "_", "a_b_", "no_prefix"]);
  });
});

describe("tsmon discover and hostile agents", () => {
  test("lists of an agent what can be listed, and of the others all", TIMEOUT, async () => {
    using dir = folder();
    await using tailscaled = await FakeTailscaled.start({ status: statusAt(1, 2) });
    await using good = await FakeAgent.start("127.0.1.1", 0);
    const labels = { "bad-name": "1", good: "2", "0": "3", number: 4, ж: "5", [`x${"y".repeat(300)}`]: "6" };
    await using bad = await FakeAgent.start("127.0.1.2", good.port, [
      exporter("tsmon"),
      { name: "../../etc", path: "/metrics" },
      { name: "up", path: "/../../etc/passwd" },
      { name: "host", path: "//evil.example.com/metrics" },
      { name: "query", path: "/metrics?x=1" },
      { name: "no-path" },
      null,
      "tsmon",
      { name: "labels", path: "/proxy/labels", labels },
      { name: "labels", path: "/proxy/other" },
    ]);
    const args = ["--socket", tailscaled.socketPath, "--agent.port", `${good.port}`];
    await using discover = await TestDiscover.start(args, { stateDir: dir.path });
    const at = (number: number, path = "") => `127.0.1.${number}:${good.port}${path}`;
    await discover.sees("what is right", [at(1), at(2), at(2, "/proxy/labels")]);
    const groups = (await discover.list()) ?? [];
    assertReadable(groups);
    const own = Object.entries(groups[2]!.labels).filter(([name]) => name.startsWith("__meta_tsmon_label_"));
    assert.deepEqual(own, [["__meta_tsmon_label_good", "2"]]);

    bad.exporters = Array.from({ length: 10_000 }, (_, i) => exporter(`x${i}`));
    const answered = bad.requests.length;
    await eventually("two more questions", () => bad.requests.length > answered + 1);
    // 10,000 have some 400 kB, which is more than is read of one answer.
    await discover.sees("what it told before", [at(1), at(2), at(2, "/proxy/labels")]);
    bad.exporters = Array.from({ length: 4000 }, (_, i) => ({ name: `x${i}`, path: "/m" }));
    await eventually("the first 200", async () => (await discover.list())?.length === 201);

    bad.override("/.well-known/tsmon", () => {});
    const before = bad.requests.length;
    await eventually("two questions without an answer", () => bad.requests.length > before + 1);
    assert.equal((await discover.list())?.length, 201);
  });
});

describe("tsmon discover and faulty APIs", () => {
  test("keeps the list through a page that never ends", TIMEOUT, async () => {
    using dir = folder();
    await using api = await FakeApi.start();
    api.devices = [apiDevice(1), apiDevice(2)];
    const args = ["--source", "api", "--api.url", api.url, ...PLAIN];
    const env = { TSMON_DISCOVER_API_KEY: "tskey-api-good" };
    await using discover = await TestDiscover.start(args, { stateDir: dir.path, env });
    await discover.sees("both", targets(1, 2));
    const megabyte = " ".repeat(1024 * 1024);
    api.fault = (response) => {
      response.writeHead(200, { "Content-Type": "application/json" });
      response.write('{"devices":[');
      const more = () => {
        while (!response.destroyed && response.write(megabyte));
      };
      response.on("drain", more);
      more();
    };
    await discover.says(/ warn Cannot read \/tailnet\/\{tailnet\}\/devices: more than 134217728 bytes/);
    await discover.sees("both all the same", targets(1, 2));
    api.fault = undefined;
    await eventually(
      "the end of it",
      async () => (await discover.metric('tsmon_discover_source_success{source="api"}')) === 1,
    );
    await discover.sees("both", targets(1, 2));
  });

  test("keeps the list through the faults of a Headscale", TIMEOUT, async () => {
    using dir = folder();
    await using api = await FakeApi.start();
    api.nodes = [1, 2, 3, 4].map((number) => headscaleNode(number));
    const args = ["--source", "headscale", "--headscale.url", api.url, ...PLAIN];
    const env = { TSMON_DISCOVER_HEADSCALE_KEY: "tskey-api-good" };
    await using discover = await TestDiscover.start(args, { stateDir: dir.path, env });
    await discover.sees("all", targets(1, 2, 3, 4));
    for (const [name, status, answer] of [
      ["401", 401, { code: 16, message: "Unauthorized" }],
      ["500", 500, {}],
      ["no list", 200, {}],
      ["null", 200, { nodes: null }],
      ["no nodes", 200, { nodes: [] }],
      ["half the nodes", 200, { nodes: [headscaleNode(1), headscaleNode(2)] }],
    ] as const) {
      const before = api.seen.length;
      api.fault = (response) => send(response, status, answer);
      await eventually(`two answers: ${name}`, () => api.seen.length > before + 1);
      await discover.sees(`all in spite of ${name}`, targets(1, 2, 3, 4));
      api.fault = undefined;
    }
    assert.doesNotMatch(discover.log.join("\n"), /tskey-api-good/);
  });
});
