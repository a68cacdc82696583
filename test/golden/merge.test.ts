import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { addSamples, type Families } from "../../src/exporter/gather.ts";
import { mergeFamilies, type RawFamilies } from "../../src/exporter/merge.ts";
import { parseRawFamilies } from "../../src/exporter/raw-families.ts";
import { type Format, render } from "../../src/exporter/render.ts";
import { parseText } from "../../src/exporter/text.ts";
import { countSamples, skipWithoutParser } from "./parser.ts";
import { promtool, skipWithoutPromtool } from "./promtool.ts";

const read = (path: string) => readFileSync(fileURLToPath(new URL(path, import.meta.url)), "utf8");
const NODE_EXPORTER = read("../fixtures/host/expected.prom");
const OWN = read("agent-synthetic.prom");
/** With all that OpenMetrics has and the text format has not. */
const EXEMPLARS = read("../fixtures/exemplars.om");

/** Our own families, node_exporter's in two copies, and in OpenMetrics an exporter with exemplars. */
function mergedPage(format: Format): { page: Uint8Array; lines: number } {
  const own: Families = new Map();
  assert.deepEqual(addSamples(own, parseText(OWN)), []);
  const others: Record<string, string> = { node: NODE_EXPORTER, copy: NODE_EXPORTER };
  const merged: RawFamilies = new Map();
  for (const [name, text] of Object.entries(others)) {
    const families: Families = new Map();
    addSamples(families, parseText(text));
    const rendered = new TextDecoder().decode(render(families, format));
    assert.deepEqual(mergeFamilies(merged, own, parseRawFamilies(rendered, format, name), format), []);
  }
  if (format === "openmetrics") {
    assert.deepEqual(mergeFamilies(merged, own, parseRawFamilies(EXEMPLARS, format, "app"), format), []);
  }
  const page = render(own, format, merged);
  const lines = new TextDecoder().decode(page).split("\n");
  return { page, lines: lines.filter((line) => line !== "" && !line.startsWith("#")).length };
}

test("an independent parser reads a merged page in OpenMetrics", { skip: skipWithoutParser }, () => {
  const { page, lines } = mergedPage("openmetrics");
  assert.equal(countSamples(page), lines);
});

test("promtool reads a merged page", { skip: skipWithoutPromtool }, () => {
  const { page } = mergedPage("text");
  const { stdout, stderr } = spawnSync(promtool ?? "promtool", ["check", "metrics"], { input: page, encoding: "utf8" });
  // What it finds fault with are names that are not ours; an error is a page that it cannot read.
  assert.doesNotMatch(stdout + stderr, /error while linting|parsing error|text format/i);
  assert.equal(new TextDecoder().decode(page).match(/^node_load1\{exporter="(?:node|copy)"\}/gm)?.length, 2);
});
