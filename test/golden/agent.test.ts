import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import process from "node:process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { derp } from "../../src/exporter/collectors/tailnet/derp.ts";
import { health } from "../../src/exporter/collectors/tailnet/health.ts";
import { node } from "../../src/exporter/collectors/tailnet/node.ts";
import { peers } from "../../src/exporter/collectors/tailnet/peers.ts";
import type { TailnetSource } from "../../src/exporter/collectors/tailnet/source.ts";
import { up } from "../../src/exporter/collectors/tailnet/up.ts";
import { userMetrics } from "../../src/exporter/collectors/tailnet/usermetrics.ts";
import { addSamples, type Families } from "../../src/exporter/gather.ts";
import { type Format, render } from "../../src/exporter/render.ts";
import { countSamples, skipWithoutParser } from "./parser.ts";
import { sourceOf, statusFixture } from "../unit/exporter/collectors/tailnet/fixture.ts";

const COLLECTORS = [up(), node(), peers({ peers: "all", "peers.limit": 0 }), derp(), health(), userMetrics()];

async function familiesOf(source: TailnetSource): Promise<Families> {
  const families: Families = new Map();
  for (const collector of COLLECTORS) {
    const samples = await collector.collect(source);
    assert.deepEqual(addSamples(families, samples), []);
    const declared = new Set(collector.metrics().map(({ name }) => name));
    const undeclared = samples.filter(({ metric }) => !declared.has(metric.name)).map(({ metric }) => metric.name);
    if (declared.size > 0) assert.deepEqual(undeclared, [], `${collector.name} emits what it does not declare`);
  }
  return families;
}

/** Compares with a file beside this one; UPDATE_GOLDEN=1 writes it. */
function assertGolden(name: string, text: string): void {
  const path = fileURLToPath(new URL(name, import.meta.url));
  if (process.env.UPDATE_GOLDEN) writeFileSync(path, text);
  assert.equal(text, existsSync(path) ? readFileSync(path, "utf8") : "", `${name} (UPDATE_GOLDEN=1 rewrites it)`);
}

for (const [name, fixture, format] of [
  ["agent.prom", "status.json", "text"],
  ["agent.om", "status.json", "openmetrics"],
  ["agent-synthetic.prom", "status-synthetic.json", "text"],
  ["agent-synthetic.om", "status-synthetic.json", "openmetrics"],
] as const satisfies readonly (readonly [string, string, Format])[]) {
  test(`${name} is the whole exposition of tailscaled's part over ${fixture}`, async () => {
    assertGolden(name, new TextDecoder().decode(render(await familiesOf(sourceOf(statusFixture(fixture))), format)));
  });
}

test("an independent parser reads our OpenMetrics", { skip: skipWithoutParser }, async () => {
  const families = await familiesOf(sourceOf(statusFixture("status-synthetic.json")));
  const samples = [...families.values()].reduce((total, family) => total + family.samples.length, 0);
  assert.equal(countSamples(render(families, "openmetrics")), samples);
});
