import assert from "node:assert/strict";
import { chmodSync } from "node:fs";
import { after, describe, test } from "node:test";
import { eventually } from "../lab/eventually.ts";
import { type Lab, startLab } from "../lab/lab.ts";
import type { LabNode } from "../lab/node.ts";
import type { LabProcess } from "../lab/process.ts";
import { skipWithoutLab } from "../lab/skip.ts";
import { BINARY } from "./binary.ts";

const TIMEOUT = { timeout: 180_000 };
/** For a test that may have to build programs first. */
const BUILD_TIMEOUT = { timeout: 1_800_000 };
const skip = skipWithoutLab();

const NODES = [{ name: "alpha" }, { name: "beta" }, { name: "delta", tun: false }] as const;
type Name = (typeof NODES)[number]["name"];

describe("tsmon doctor on a real tailnet", { skip }, () => {
  let lab: Lab<Name>;
  let agent: LabProcess;
  after(() => lab?.stop());

  const doctor = async (node: LabNode, ...args: string[]) => {
    const process = node.exec([BINARY, "doctor", "--timeout=3s", ...args]);
    const code = await process.exited;
    return { code, text: process.stdout + process.stderr };
  };
  /** Sees a finding with this text; other findings may be there. */
  const finds = async (node: LabNode, args: string[], finding: RegExp, code: number) => {
    const answer = await doctor(node, ...args);
    assert.match(answer.text, finding);
    assert.equal(answer.code, code, answer.text);
    return answer.text;
  };

  test("a node whose agent runs is well, and so is the way to another", BUILD_TIMEOUT, async () => {
    lab = await startLab({ nodes: NODES });
    const { alpha, beta, delta } = lab.nodes;
    for (const node of [beta, delta]) {
      agent = node.exec([BINARY, "agent"]);
      await eventually(`the agent of ${node.name}`, () => agent.stderr.includes("Serving metrics"));
    }
    await eventually("two peers in the status of beta", async () => {
      const { Peer } = await (await beta.localApi("status")).json();
      return Object.keys(Peer ?? {}).length === 2;
    });
    const own = await finds(beta, [], /^ok +login +This node is beta\./m, 0);
    assert.match(own, /^ok +tailscaled +tailscaled 1\.\d+\.\d+ answers at \S+ and knows 2 peers$/m);
    assert.match(own, /^ok +network +tailscaled runs with a network interface, at 100\./m);
    assert.match(own, /^ok +listen +The tailnet reaches it/m);
    assert.match(own, /^ok +agent +tsmon agent \S+ answers with \d+ series$/m);
    assert.match(
      await finds(delta, [], /userspace mode, without a network interface/, 0),
      /forwards the tailnet's connections/,
    );

    await alpha.cli("ping", beta.ip4); // until the path is direct
    const way = await finds(alpha, ["beta"], /^ok +host +It is online and its key is valid$/m, 0);
    assert.match(way, /^ok +ping +A disco ping .* was answered in [\d.]+ ms, directly to 10\.77\.0\.\d+:41641$/m);
    assert.match(way, /^ok +ping +A TSMP ping .* was answered in [\d.]+ ms$/m);
    assert.match(way, /^ok +ping +A peerapi ping .* was answered/m);
    assert.match(way, /^ok +port +Port 5253 is open to this node$/m);
    assert.match(way, /^ok +agent +tsmon agent \S+ answers with \d+ series$/m);
    await finds(delta, [beta.ip4], /^ok +agent +tsmon agent/m, 0);
    await finds(alpha, [delta.ip6], /^ok +agent +tsmon agent/m, 0);
  });

  test("--json says the same for programs", TIMEOUT, async () => {
    const { code, text } = await doctor(lab.nodes.alpha, "beta", "--json");
    const report = JSON.parse(text);
    assert.deepEqual([code, report.host, report.well], [0, "beta", true]);
    assert.ok(
      report.findings.some((finding: { subject: string; standing: string }) => {
        return finding.subject === "port" && finding.standing === "ok";
      }),
    );
  });

  test("a node without an agent", TIMEOUT, async () => {
    await finds(
      lab.nodes.alpha,
      [],
      /^FAIL +listen +Nothing listens on port 5253 of this host\n +→ Start the agent/m,
      1,
    );
  });

  test("a closed port", TIMEOUT, async () => {
    await finds(
      lab.nodes.beta,
      ["alpha"],
      /^FAIL +port +Port 5253 refuses connections: .*\n +→ There: tsmon doctor/m,
      1,
    );
  });

  test("an agent on loopback alone", TIMEOUT, async () => {
    const lonely = lab.nodes.alpha.exec([BINARY, "agent", "--web.listen=127.0.0.1:5253"]);
    await eventually("the agent of alpha", () => lonely.stderr.includes("Serving metrics"));
    await finds(
      lab.nodes.alpha,
      [],
      /^FAIL +listen +Nothing listens on port 5253 of this node's Tailscale addresses/m,
      1,
    );
    await lonely.stop();
  });

  test("a caller that the agent refuses", TIMEOUT, async () => {
    const { alpha, beta } = lab.nodes;
    const refusing = alpha.exec([BINARY, "agent", "--web.allow=local", "--web.listen=0.0.0.0:5253"]);
    await eventually("the agent of alpha", () => refusing.stderr.includes("Serving metrics"));
    await finds(beta, ["alpha"], /^FAIL +agent +Its agent refuses this node: .*\bbeta\b.*--web\.allow/m, 1);
    await finds(alpha, [], /^warn +listen +Port 5253 is open on every address of this host \(0\.0\.0\.0\)/m, 0);
    await refusing.stop();
  });

  test("a policy or firewall that drops the connection", TIMEOUT, async () => {
    const { alpha, beta } = lab.nodes;
    await beta.cli("set", "--shields-up=true");
    const line = new RegExp(`"src":\\["${alpha.ip4}"\\],"dst":\\["${beta.ip4}"\\],"ip":\\["tcp:5253"\\]`);
    const text = await finds(alpha, ["beta"], /^FAIL +port +Port 5253 does not answer .* though WireGuard works/m, 1);
    assert.match(text, line);
    await finds(
      beta,
      [],
      /^FAIL +network +This node refuses every connection from the tailnet: its shields are up$/m,
      1,
    );
    await beta.cli("set", "--shields-up=false");
  });

  test("a host that the tailnet does not have", TIMEOUT, async () => {
    await finds(
      lab.nodes.alpha,
      ["betta"],
      /^FAIL +host +The tailnet has no node betta .*\n.*Did you mean beta\?$/m,
      1,
    );
  });

  test("a tailscaled whose socket this user may not open", TIMEOUT, async () => {
    const { alpha } = lab.nodes;
    for (const folder of [lab.dir, alpha.dir]) chmodSync(folder, 0o755);
    chmodSync(alpha.socket, 0o600);
    const nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];
    const process = alpha.exec([...nobody, BINARY, "doctor"]);
    assert.equal(await process.exited, 1, process.stderr);
    assert.match(process.stdout, /^FAIL +tailscaled +.*: EACCES\n +→ This user may not open its socket/m);
    chmodSync(alpha.socket, 0o666);
  });

  test("an expired key, there and here", TIMEOUT, async () => {
    const { alpha, beta } = lab.nodes;
    await lab.control.set("beta", { keyExpiry: "2026-01-01T00:00:00Z" });
    await eventually("the expired key in the status of alpha", async () => {
      const { Peer } = await (await alpha.localApi("status")).json();
      return Object.values<{ HostName: string; KeyExpiry?: string }>(Peer).some(
        ({ HostName, KeyExpiry }) => HostName === "beta" && KeyExpiry?.startsWith("2026-01-01"),
      );
    });
    await eventually("the expired key in beta's own status", async () => {
      const { Self } = await (await beta.localApi("status")).json();
      return (Self.KeyExpiry as string | undefined)?.startsWith("2026-01-01");
    });
    const there = await finds(alpha, ["beta"], /^FAIL +host +Its key has expired, so no peer talks to it/m, 1);
    assert.doesNotMatch(there, /ping|port/, "one cause, one finding");
    await finds(beta, [], /^FAIL +login +This node's key has expired, so no peer talks to it\n +→ Log in again/m, 1);
    await lab.control.set("beta", { keyExpiry: null });
  });

  test("an offline host", TIMEOUT, async () => {
    const { alpha, delta } = lab.nodes;
    await delta.kill();
    await lab.control.set("delta", { online: false, lastSeen: "2026-11-01T00:00:00Z" });
    await eventually("delta offline in the status of alpha", async () => {
      const { Peer } = await (await alpha.localApi("status")).json();
      return Object.values<{ HostName: string; Online: boolean; LastSeen: string }>(Peer).some(
        ({ HostName, Online, LastSeen }) => HostName === "delta" && !Online && LastSeen.startsWith("2026-11-01"),
      );
    });
    await finds(alpha, ["delta"], /^FAIL +host +It is offline, .*it was last seen at 2026-11-01T00:00:00Z/m, 1);
  });

  test("a tailscaled that is logged out, one that hangs and one that is stopped", TIMEOUT, async () => {
    const { alpha } = lab.nodes;
    await alpha.cli("down");
    await finds(alpha, [], /^FAIL +login +tailscaled is in state Stopped.*\n +→ Connect: tailscale up/m, 1);
    await alpha.up();
    await alpha.signalTailscaled("SIGSTOP");
    await finds(alpha, [], /^FAIL +tailscaled +.*no complete answer.*\n +→ It is there and does not answer/m, 1);
    await alpha.signalTailscaled("SIGCONT");
    await alpha.stopTailscaled();
    await finds(alpha, [], /^FAIL +tailscaled +.*(ENOENT|ECONNREFUSED)\n +→ /m, 1);
  });
});
