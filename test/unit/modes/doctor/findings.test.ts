import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { toStatus } from "../../../../src/localapi/schema.ts";
import type { HostContext } from "../../../../src/modes/doctor/context.ts";
import { diagnose, fail, ok, type Reported, warn } from "../../../../src/modes/doctor/finding.ts";
import { listedFinding } from "../../../../src/modes/doctor/host/discover.ts";
import { pingFinding } from "../../../../src/modes/doctor/host/ping.ts";
import { closedFinding } from "../../../../src/modes/doctor/host/port.ts";
import { answerFindings } from "../../../../src/modes/doctor/node/agent.ts";
import { diskFinding } from "../../../../src/modes/doctor/node/disk.ts";
import { listenFindings } from "../../../../src/modes/doctor/node/listen.ts";
import { login } from "../../../../src/modes/doctor/node/login.ts";
import { listenersOn } from "../../../../src/modes/doctor/node/sockets.ts";
import { unitFindings } from "../../../../src/modes/doctor/node/unit.ts";
import { version } from "../../../../src/modes/doctor/node/version.ts";
import { isWell, reportJson, reportText } from "../../../../src/modes/doctor/report.ts";
import { statusOf } from "../../../integration/fake-tailscaled.ts";

const NOW = new Date("2026-11-21T00:00:00Z");
const standings = (findings: readonly { standing: string }[]) => findings.map(({ standing }) => standing).join();

/** A context with a status like the real one, changed in its head and in its Self. */
function contextOf(head: object = {}, self: object = {}): HostContext {
  const value = statusOf(2) as { Self: object };
  const status = toStatus({ ...value, ...head, Self: { ...value.Self, KeyExpiry: undefined, ...self } });
  const settings = { "agent.port": 5253, timeout: 1 };
  return { status, settings, now: NOW, name: "host-1", env: {}, socket: "/s" } as unknown as HostContext;
}

// As the kernel writes them for listeners on 127.0.0.1:5253, 100.64.0.1:5253, [::1]:5253 and [fd7a:115c:a1e0::1]:5253.
const TCP = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1485 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 11 1 0 100 0 0 10 0
   1: 01004064:1485 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 12 1 0 100 0 0 10 0
   2: 0100007F:1485 0100007F:9C40 01 00000000:00000000 00:00000000 00000000     0        0 13 1 0 100 0 0 10 0
   3: 00000000:0016 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 14 1 0 100 0 0 10 0
`;
const TCP6 = `  sl  local_address                         remote_address                        st
   0: 00000000000000000000000001000000:1485 00000000000000000000000000000000:0000 0A 0 0
   1: 5C117AFD0000E0A10000000001000000:1485 00000000000000000000000000000000:0000 0A 0 0
   2: 00000000000000000000000000000000:1485 00000000000000000000000000000000:0000 0A 0 0
`;

test("listenersOn() names the addresses of the kernel's tables", () => {
  assert.deepEqual(listenersOn(TCP, 5253), ["127.0.0.1", "100.64.0.1"]);
  assert.deepEqual(listenersOn(TCP6, 5253), ["::1", "fd7a:115c:a1e0::1", "::"]);
  assert.deepEqual(listenersOn(TCP, 22), ["0.0.0.0"]);
  assert.deepEqual(listenersOn("", 22), []);
});

describe("listenFindings()", () => {
  const tun = contextOf({ TUN: true }).status;
  const userspace = contextOf({ TUN: false }).status;
  for (const [title, addresses, status, want] of [
    ["nothing", [], tun, "fail"],
    ["all", ["127.0.0.1", "::1", "100.64.0.1", "fd7a:115c:a1e0::1"], tun, "ok,ok"],
    ["no IPv6", ["127.0.0.1", "100.64.0.1"], tun, "ok,warn"],
    ["loopback alone", ["127.0.0.1", "::1"], tun, "ok,fail"],
    ["loopback alone in userspace mode", ["127.0.0.1", "::1"], userspace, "ok,ok"],
    ["an address elsewhere in userspace mode", ["192.0.2.1"], userspace, "ok,fail"],
    ["everywhere", ["0.0.0.0"], tun, "warn"],
    ["loopback without tailscaled", ["127.0.0.1"], undefined, "ok"],
  ] as const) {
    test(title, () => assert.equal(standings(listenFindings(addresses, 5253, status)), want));
  }
});

describe("login", () => {
  for (const [title, head, self, want] of [
    ["well", {}, {}, "ok,ok"],
    ["logged out", { BackendState: "NeedsLogin" }, {}, "fail"],
    ["a key that has expired", { BackendState: "NeedsLogin" }, { KeyExpiry: "2026-01-01T00:00:00Z" }, "fail"],
    ["a key that expires in a week", {}, { KeyExpiry: "2026-11-28T00:00:00Z" }, "ok,warn"],
    ["a key that expires in a year", {}, { KeyExpiry: "2027-11-28T00:00:00Z" }, "ok,ok"],
    ["not seen by control", {}, { Online: false }, "ok,fail,ok"],
  ] as const) {
    test(title, async () => assert.equal(standings(await login.run(contextOf(head, self))), want));
  }
});

test("version warns of an old tailscaled and of a newer one", async () => {
  const textOf = async (head: object) => (await version.run(contextOf(head)))[0]!.text;
  assert.match(await textOf({ Version: "1.70.0-t1" }), /1\.70 has no metrics of its own/);
  const ClientVersion = { RunningLatest: false, LatestVersion: "1.104.0", UrgentSecurityUpdate: true };
  assert.match(await textOf({ ClientVersion }), /There is tailscaled 1\.104\.0, which mends a security hole/);
  assert.match(await textOf({}), /No newer tailscaled/);
});

describe("pingFinding()", () => {
  const result = { IP: "100.64.0.2", NodeIP: "100.64.0.2", NodeName: "b", Err: "", LatencySeconds: 0.0123 };
  for (const [type, answer, want] of [
    [
      "disco",
      { ...result, Endpoint: "192.0.2.1:41641" },
      /^A disco ping .* in 12\.3 ms, directly to 192\.0\.2\.1:41641$/,
    ],
    ["disco", { ...result, DERPRegionID: 4, DERPRegionCode: "fra" }, /through the relay fra of DERP$/],
    ["disco", { ...result, PeerRelay: "192.0.2.1:40000:vni:7" }, /through the peer relay 192\.0\.2\.1:40000:vni:7$/],
    ["TSMP", result, /^A TSMP ping .* in 12\.3 ms$/],
    ["TSMP", { ...result, Err: "no matching peer" }, /got no answer: no matching peer$/],
    ["peerapi", "Cannot read LocalAPI ping: no answer", /got no answer: no answer$/],
  ] as const) {
    test(`${type} ${want.source}`, () => assert.match(pingFinding(type, answer).text, want));
  }
});

describe("closedFinding()", () => {
  test("a refusal is no question of the policy", () => {
    assert.match(closedFinding(contextOf(), "connection was refused").text, /refuses connections/);
  });

  test("no answer where WireGuard works names the line that the policy lacks", () => {
    const context = contextOf({}, { Tags: ["tag:prom"] });
    const peer = context.status!.Peer![0]!;
    const { advice } = closedFinding({ ...context, peer, tunnelWorks: true }, "no answer within 1 s");
    assert.match(advice ?? "", /\{"src":\["tag:prom"\],"dst":\["100\.64\.0\.2"\],"ip":\["tcp:5253"\]\} in "grants"/);
  });

  test("no answer without WireGuard leads there", () => {
    assert.match(closedFinding(contextOf(), "no answer").advice ?? "", /mend that first/);
  });
});

describe("answerFindings()", () => {
  const metrics = `tsmon_build_info{revision="r",runtime="bun 1",version="1.2.3"} 1\nnode_load1 0.1\n`;
  const answer = (status: number, body: string) => ({ status, body, bytes: body.length });
  for (const [title, reply, ready, want] of [
    ["well", answer(200, metrics), answer(200, "ok\n"), /^tsmon agent 1\.2\.3 answers with 2 series$/],
    ["refused", answer(403, "no: add --web.allow x\n"), undefined, /refuses this caller: no: add --web\.allow x$/],
    ["elsewhere", answer(404, "Metrics are at /m"), undefined, /^The agent has no \/metrics: Metrics are at \/m$/],
    ["a password", answer(401, "who?"), undefined, /^The agent wants a user and a password$/],
    ["broken", answer(500, "oh"), undefined, /^The agent answers 500: oh$/],
    ["another exporter", answer(200, "node_load1 1\n"), undefined, /Something else than tsmon/],
    [
      "not ready",
      answer(200, metrics),
      answer(503, "tailscaled is in state X\n"),
      /not ready: tailscaled is in state X/,
    ],
    [
      "collectors",
      answer(200, `${metrics}tsmon_collector_success{collector="cpu"} 0\n`),
      undefined,
      /without success: cpu/,
    ],
    [
      "settings",
      answer(200, `${metrics}tsmon_config_last_reload_successful 0\n`),
      undefined,
      /refused its newest settings/,
    ],
  ] as const) {
    test(title, () => assert.match(answerFindings(reply, ready).at(-1)!.text, want));
  }
});

describe("unitFindings()", () => {
  for (const [text, want] of [
    ["LoadState=not-found\nActiveState=inactive\n", "unknown"],
    ["LoadState=masked\nActiveState=inactive\n", "fail"],
    ["LoadState=loaded\nActiveState=failed\nSubState=failed\nResult=exit-code\n", "fail"],
    ["LoadState=loaded\nActiveState=active\nUnitFileState=enabled\nNRestarts=0\nStatusText=Serving\n", "ok"],
    ["LoadState=loaded\nActiveState=active\nUnitFileState=disabled\nNRestarts=3\n", "ok,warn,warn"],
  ] as const) {
    test(want + JSON.stringify(text), () => assert.equal(standings(unitFindings("tsmon-agent.service", text)), want));
  }
});

test("diskFinding() fails when nothing fits, and warns before", () => {
  assert.equal(standings([5e5, 5e7, 5e9].map((bytes) => diskFinding("/", bytes))), "fail,warn,ok");
});

test("listedFinding() takes a list as Prometheus does, and nothing else", () => {
  assert.equal(listedFinding([{ targets: ["100.64.0.2:5253"], labels: {} }], "b").standing, "ok");
  for (const list of [[], null, {}, [{ targets: null }]]) assert.equal(listedFinding(list, "b").standing, "fail");
});

describe("reportText()", () => {
  const findings: Reported[] = [
    { subject: "a", ...ok("Fine") },
    { subject: "long", ...fail("Broken\u001b[2J\nand more", "Mend it") },
    { subject: "b", ...warn("Soon") },
  ];
  test("aligns, and lets no text make a line or move the cursor", () => {
    assert.equal(
      reportText(findings, false),
      "ok    a     Fine\nFAIL  long  Broken [2J and more\n            → Mend it\nwarn  b     Soon\n\nSomething is wrong: see the line that begins with FAIL.\n",
    );
  });

  test("is well with warnings", () => {
    assert.equal(isWell(findings), false);
    assert.equal(isWell(findings.filter(({ standing }) => standing !== "fail")), true);
    assert.equal(JSON.parse(reportJson(undefined, findings)).host, null);
  });
});

test("diagnose() makes a finding of a check that throws, and goes on", async () => {
  const bad = { subject: "bad", run: () => Promise.reject(new Error("broken")) };
  const good = { subject: "good", run: async () => [ok("fine")] };
  const found = await diagnose([bad, good], {});
  assert.deepEqual(
    found.map(({ subject, standing }) => `${subject} ${standing}`),
    ["bad unknown", "good ok"],
  );
  assert.match(found[0]!.text, /broken/);
});
