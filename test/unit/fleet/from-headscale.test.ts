import assert from "node:assert/strict";
import { test } from "node:test";
import { fromHeadscale } from "../../../src/fleet/from-headscale.ts";

const LONG = "x".repeat(5000);

test("fromHeadscale() has each route once, none longer than a label should be, and no exit route among the primary", () => {
  const routes = ["10.0.0.0/8", "10.0.0.0/8", "0.0.0.0/0", "::/0", LONG];
  const device = fromHeadscale({ id: "7", approvedRoutes: routes, availableRoutes: routes, subnetRoutes: routes });
  const clipped = `${"x".repeat(255)}…`;
  const want = ["10.0.0.0/8", "0.0.0.0/0", "::/0", clipped];
  assert.deepEqual([device.enabledRoutes, device.advertisedRoutes], [want, want]);
  assert.deepEqual(device.primaryRoutes, ["10.0.0.0/8", clipped]);
});

test("fromHeadscale() knows no routes where a version tells none", () => {
  const { enabledRoutes, advertisedRoutes, primaryRoutes } = fromHeadscale({ id: "7" });
  assert.deepEqual([enabledRoutes, advertisedRoutes, primaryRoutes], [undefined, undefined, undefined]);
});
