import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { parse } from "yaml";
import type { Advertisement } from "../../../src/discovery/advertisement.ts";
import { Answers, type Group, toJson, toYaml } from "../../../src/discovery/answers.ts";
import type { Device } from "../../../src/discovery/device.ts";
import { parseFilter } from "../../../src/discovery/filter.ts";
import { targetsOf } from "../../../src/discovery/target.ts";
import { deviceOf } from "./device.ts";

const OPTIONS = { address: "ipv4", agentPort: 5253, agentTags: [], plain: [] } as const;
const AGENT: Advertisement = {
  version: "0.1.0",
  exporters: [
    { name: "tsmon", path: "/metrics", labels: {} },
    { name: "postgres", path: "/proxy/postgres", labels: { role: "main" } },
  ],
};

describe("targetsOf()", () => {
  test("makes a target of each exporter that an agent tells, also of one that is offline", () => {
    const targets = targetsOf([deviceOf(1, { online: false }), deviceOf(2)], new Map([["n1", AGENT]]), OPTIONS);
    assert.deepEqual(
      targets.map(({ address, labels }) => [address, labels.__metrics_path__]),
      [
        ["100.64.0.1:5253", undefined],
        ["100.64.0.1:5253", "/proxy/postgres"],
      ],
    );
    const { labels } = targets[1]!;
    assert.equal(labels.__meta_tsmon_exporter, "postgres");
    assert.equal(labels.__meta_tailmon_exporter_name, "postgres");
    assert.equal(labels.__meta_tailmon_node_name, "host-1");
    assert.equal(labels.__meta_tsmon_version, "0.1.0");
    assert.equal(labels.__meta_tsmon_label_role, "main");
  });

  test("knows the exporters of an agent by itself, whatever its node calls itself", () => {
    const [{ labels } = assert.fail()] = targetsOf(
      [deviceOf(1, { hostname: "tailmon/x/other" })],
      new Map([["n1", AGENT]]),
      OPTIONS,
    );
    assert.deepEqual([labels.__meta_tailmon_exporter_name, labels.__meta_tailmon_node_name], ["tsmon", "host-1"]);
  });

  test("lists the agent of a device by its tag, asked or not, and what it tells where it was", () => {
    const devices = [deviceOf(1, { tags: ["tag:a"] }), deviceOf(2, { tags: ["tag:b"] }), deviceOf(3)];
    const agents = new Map([["n2", AGENT]]);
    const targets = targetsOf(devices, agents, { ...OPTIONS, agentTags: ["tag:a", "tag:b"] });
    assert.deepEqual(
      targets.map(({ device, exporter }) => `${device.id} ${exporter}`),
      ["n1 tsmon", "n2 tsmon", "n2 postgres"],
    );
  });

  test("puts a plain port on every device but phones, or on those with its tag", () => {
    const devices = [deviceOf(1), deviceOf(2, { os: "iOS", tags: ["tag:x"] }), deviceOf(3, { os: "android" })];
    const plain = [
      { port: 9100, path: "/metrics" },
      { port: 80, path: "/stats", tag: "tag:x" },
    ];
    const targets = targetsOf(devices, new Map(), { ...OPTIONS, plain });
    assert.deepEqual(
      targets.map(({ address, labels }) => [address, labels.__metrics_path__]),
      [
        ["100.64.0.1:9100", undefined],
        ["100.64.0.2:80", "/stats"],
      ],
    );
  });

  for (const [address, device, want] of [
    ["ipv4", {}, "100.64.0.1:9"],
    ["ipv6", {}, "[fd7a:115c:a1e0::1]:9"],
    ["dns", {}, "host-1.lab.ts.net:9"],
    ["ipv4", { ipv4: undefined }, "[fd7a:115c:a1e0::1]:9"],
    ["ipv6", { ipv6: undefined }, "100.64.0.1:9"],
    ["dns", { dnsName: "bad name/x" }, "100.64.0.1:9"],
    ["dns", { dnsName: "a@b.c" }, "100.64.0.1:9"],
    ["ipv4", { ipv4: "100.64.0.1:80/", ipv6: "fe80::1%eth0" }, undefined],
  ] as const satisfies [string, Partial<Device>, string | undefined][]) {
    test(`--address ${address} of ${JSON.stringify(device)} is ${want}`, () => {
      const plain = [{ port: 9, path: "/metrics" }];
      const [target] = targetsOf([deviceOf(1, device)], new Map(), { ...OPTIONS, address, plain });
      assert.equal(target?.address, want);
    });
  }

  test("points at this process with --via, each target with an instance of its own", () => {
    const targets = targetsOf([deviceOf(1)], new Map([["n1", AGENT]]), { ...OPTIONS, via: "127.0.0.1:5254" });
    assert.deepEqual(
      targets.map(({ address, labels }) => [address, labels.__metrics_path__, labels.instance]),
      [
        ["127.0.0.1:5254", "/via/n1/tsmon", "100.64.0.1:5253"],
        ["127.0.0.1:5254", "/via/n1/postgres", "100.64.0.1:5253"],
      ],
    );
  });
});

describe("Answers", () => {
  const devices = [deviceOf(1, { tags: ["tag:web"] }), deviceOf(2)];
  const answers = new Answers(targetsOf(devices, new Map([["n1", AGENT]]), OPTIONS), devices);
  const list = (view: "targets" | "devices" | "tailscalesd", query = "") =>
    answers.answer(view, parseFilter(new URLSearchParams(query)), query);
  const addresses = ({ bytes }: ReturnType<typeof list>) =>
    (JSON.parse(new TextDecoder().decode(bytes)) as Group[]).flatMap(({ targets }) => targets);

  test("lists targets, every device on a port, or every device as tailscalesd does", () => {
    assert.deepEqual(addresses(list("targets")), ["100.64.0.1:5253", "100.64.0.1:5253"]);
    assert.deepEqual(addresses(list("devices", "port=9100")), ["100.64.0.1:9100", "100.64.0.2:9100"]);
    assert.deepEqual(addresses(list("devices", "tag=web")), ["100.64.0.1:80"]);
    assert.deepEqual(addresses(list("tailscalesd")), ["100.64.0.1", "100.64.0.2"]);
  });

  test("makes a list once, and gives another tag to another list", () => {
    assert.equal(list("targets"), list("targets"));
    assert.notEqual(list("targets").version, list("tailscalesd").version);
    const same = new Answers(answers.targets, devices).answer("targets", parseFilter(new URLSearchParams()), "");
    assert.equal(same.version, list("targets").version);
  });

  test("makes the lists beforehand that were asked for of the state before", () => {
    const next = new Answers([], []);
    list("targets", "name=host-1");
    next.prepare(answers);
    const prepared = next.answer("targets", parseFilter(new URLSearchParams()), "name=host-1");
    assert.equal(new TextDecoder().decode(prepared.bytes), "[]\n");
  });

  test("keeps a bounded number of lists", () => {
    const first = list("targets");
    for (let i = 0; i < 300; i++) list("targets", `name=${i}`);
    assert.notEqual(list("targets"), first);
  });

  test("says nothing as an empty list", () => {
    assert.equal(new TextDecoder().decode(list("targets", "tag=none").bytes), "[]\n");
  });
});

describe("toYaml()", () => {
  test("says the same as toJson(), with any text in it", () => {
    const labels = { a: "x: y # z", b: 'q"\\\n\t\u2028', c: "ж😀", d: "- [*&!", e: "\u0085\u0000\u007f" };
    const groups = [
      { targets: ["[fd7a::1]:80"], labels },
      { targets: ["h:1"], labels: {} },
    ];
    for (const list of [groups, []]) {
      assert.deepEqual(parse(toYaml(list)), list);
      assert.deepEqual(JSON.parse(toJson(list)), list);
    }
  });

  test("is of ASCII alone, as control characters are refused where they stand for themselves", () => {
    const labels = { a: "\u007f\u0080\u009f\ufeff\ufffe\uffff", b: "é😀\u{e0001}" };
    const text = toYaml([{ targets: ["h:1"], labels }]);
    assert.match(text, /^[\n -~]*$/);
    assert.deepEqual(parse(text), [{ targets: ["h:1"], labels }]);
  });
});
