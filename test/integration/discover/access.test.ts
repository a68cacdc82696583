import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { FakeTailscaled, sendJson } from "../fake-tailscaled.ts";
import { exporter, FakeAgent } from "./fake-agent.ts";
import { folder, statusAt, TestDiscover } from "./test-discover.ts";

const TIMEOUT = { timeout: 60_000 };
const PATHS = ["/", "/sd", "/sd/devices?port=1", "/via/n1CNTRL/a", "/via/n1CNTRL/b", "/metrics", "/healthz", "/readyz"];
const ALL = [200, 200, 200, 200, 200, 200, 200, 200];
const NONE = PATHS.map(() => 403);

/** What the caller's grants are, and what it gets. */
const CASES: readonly (readonly [what: string, grants: unknown[] | undefined, statuses: number[]])[] = [
  ["a grant of everything", [{}], ALL],
  ["a grant of the lists", [{ endpoints: ["sd"] }], [200, 200, 200, 403, 403, 403, 200, 200]],
  ["a grant of metrics", [{ endpoints: ["metrics"] }], [403, 403, 403, 200, 200, 200, 200, 200]],
  [
    "grants of the lists and of one exporter",
    [{ endpoints: ["sd"] }, { endpoints: ["metrics"], exporters: ["a"] }],
    [200, 200, 200, 200, 403, 200, 200, 200],
  ],
  ["no grant", undefined, NONE],
  ["a grant that is none", ["sd"], NONE],
];

describe("tsmon discover", () => {
  test("gives a node what its grants name, as the rule cap says", TIMEOUT, async () => {
    using dir = folder();
    await using agent = await FakeAgent.start("127.0.0.1", 0, [exporter("a"), exporter("b")]);
    const status = { ...statusAt(1), TUN: false };
    await using tailscaled = await FakeTailscaled.start({ status, dial: { "127.0.1.1:5253": agent.port } });
    let CapMap: Record<string, unknown[]> | null = null;
    tailscaled.override("whois", (_, response) => {
      sendJson(response, {
        Node: { ID: 2, StableID: "nBeta", Name: "beta.lab.ts.net." },
        UserProfile: { ID: 1, LoginName: "ann@example.com", DisplayName: "Ann" },
        CapMap,
      });
    });
    const args = ["--socket", tailscaled.socketPath, "--web.allow", "cap"];
    for (const [what, grants, want] of CASES) {
      CapMap = grants ? { "tsmon.dev/cap/scrape": grants } : null;
      await using discover = await TestDiscover.start(args, { stateDir: dir.path });
      const via = (key: string) => `${new URL(discover.url).host}/via/n1CNTRL/${key}`;
      if (want[1] === 200) await discover.sees("two targets", [via("a"), via("b")]);
      else if (want[7] === 200) while ((await discover.get("/readyz")).status !== 200);
      const statuses = [];
      for (const path of PATHS) statuses.push((await discover.get(path)).status);
      assert.deepEqual(statuses, want, what);
    }
  });
});
