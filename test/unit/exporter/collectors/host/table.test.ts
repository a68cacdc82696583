import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import process from "node:process";
import { describe, test } from "node:test";
import * as z from "zod/mini";
import type { Collector } from "../../../../../src/exporter/collector.ts";
import type { HostSource } from "../../../../../src/exporter/collectors/host/source.ts";
import { HOST_COLLECTORS } from "../../../../../src/exporter/collectors/host/table.ts";
import {
  COUNTS,
  expositionOf,
  FIXTURE_HOST,
  fixtureSource,
  samplesOf,
  settingsOf,
  systemError,
} from "./fixture-source.ts";

/** Collectors that report this machine itself, and have tests of their own. */
const OWN: readonly string[] = ["logind", "systemd", "uname"];

/** Every other collector, with settings that make it report all that it can. */
function collectors(): Collector<HostSource>[] {
  const shape = Object.assign({}, ...HOST_COLLECTORS.map(({ settings }) => settings)) as z.core.$ZodShape;
  const settings = settingsOf(shape, {
    "collector.cpu.info.flags-include": "^(aes|avx.?)$",
    "collector.cpu.info.bugs-include": "^spectre",
    "collector.stat.softirq": true,
    "collector.netdev.label-ifalias": true,
    "collector.sysctl.include": ["kernel.threads-max", "fs.file-nr", "fs.file-nr:total,current,max"],
    "collector.sysctl.include-info": ["fs.file-nr"],
  });
  const rows = HOST_COLLECTORS.filter(({ name }) => !OWN.includes(name));
  return rows.map(({ create }) => (create as (settings: unknown) => Collector<HostSource>)(settings));
}

/** Every mount answers but one whose device was pulled out. */
function statfs(path: string) {
  if (path.endsWith("/media/gone")) throw systemError("EIO");
  return COUNTS;
}

/** What node_exporter calls a collector in flags that do not bear its name. */
const ALIASES: Readonly<Record<string, readonly string[]>> = {
  powersupplyclass: ["powersupply"],
};

describe("HOST_COLLECTORS", () => {
  test("report the fixture host as node_exporter does", async () => {
    const actual = (await expositionOf(collectors(), fixtureSource({ statfs }))).replaceAll(FIXTURE_HOST, "");
    const golden = `${FIXTURE_HOST}/expected.prom`;
    if (process.env.UPDATE_GOLDEN) writeFileSync(golden, actual);
    assert.equal(actual, readFileSync(golden, "utf8"));
  });

  test("return only families that they declare", async () => {
    for (const collector of collectors()) {
      for (const { metric } of await samplesOf(collector, fixtureSource())) {
        assert.ok((collector.metrics() as unknown[]).includes(metric), `${collector.name} returns ${metric.name}`);
      }
    }
  });

  test("have settings that describe themselves and start with their collector's name", () => {
    for (const { name, settings } of HOST_COLLECTORS) {
      const schema = z.toJSONSchema(z.strictObject(settings as z.core.$ZodShape), { io: "input" });
      for (const [flag, value] of Object.entries(schema.properties ?? {})) {
        const prefixes = [name, ...(ALIASES[name] ?? [])];
        assert.ok(
          prefixes.some((prefix) => flag.startsWith(`collector.${prefix}.`)),
          flag,
        );
        assert.ok((value as z.core.JSONSchema.BaseSchema).description, flag);
      }
    }
  });
});
