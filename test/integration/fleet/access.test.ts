import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { FakeTailscaled, sendJson, statusOf } from "../fake-tailscaled.ts";
import { TestFleet } from "./test-fleet.ts";

const TIMEOUT = { timeout: 60_000 };
const PATHS = ["/", "/metrics", "/api/v1/devices", "/debug", "/api/nothing", "/healthz"];

/** What the caller's grants are, and what it gets. */
const CASES: readonly (readonly [what: string, grants: unknown[] | undefined, statuses: number[]])[] = [
  ["a grant of everything", [{}], [200, 200, 200, 200, 404, 200]],
  ["a grant of the fleet", [{ endpoints: ["fleet"] }], [200, 200, 200, 200, 404, 200]],
  ["a grant of other endpoints", [{ endpoints: ["metrics", "sd"] }], [403, 403, 403, 403, 403, 200]],
  ["no grant", undefined, [403, 403, 403, 403, 403, 403]],
];

describe("tsmon fleet", () => {
  test("gives a node what its grants name, as the rule cap says", TIMEOUT, async () => {
    await using tailscaled = await FakeTailscaled.start({ status: { ...statusOf(1), TUN: false } });
    let CapMap: Record<string, unknown[]> | null = null;
    tailscaled.override("whois", (_, response) => {
      sendJson(response, {
        Node: { ID: 2, StableID: "nBeta", Name: "beta.lab.ts.net." },
        UserProfile: { ID: 1, LoginName: "ann@example.com", DisplayName: "Ann" },
        CapMap,
      });
    });
    for (const [what, grants, want] of CASES) {
      CapMap = grants ? { "tsmon.dev/cap/scrape": grants } : null;
      await using fleet = await TestFleet.start(["--socket", tailscaled.socketPath, "--web.allow", "cap"]);
      const statuses = [];
      for (const path of PATHS) statuses.push((await fleet.get(path)).status);
      assert.deepEqual(statuses, want, what);
    }
  });
});
