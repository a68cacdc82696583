import assert from "node:assert/strict";
import { execFile, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { promisify } from "node:util";
import { parse } from "yaml";
import { type Group, toJson } from "../../src/discovery/answers.ts";
import { prometheusConfig } from "../../src/modes/generate/prometheus.ts";
import { run } from "../integration/agent/tsmon.ts";
import { eventually } from "../lab/eventually.ts";
import { promtools, skipWithoutPromtool } from "./promtool.ts";

const TIMEOUT = { timeout: 20_000 };

describe("tsmon generate prometheus", () => {
  test("makes what promtool finds nothing in", { ...TIMEOUT, skip: skipWithoutPromtool }, async () => {
    const dir = mkdtempSync(join(tmpdir(), "tsmon-generate-"));
    try {
      const { code, stderr } = await run(["generate", "prometheus", "--out", dir, "--discover", "[fd7a::1]:5254"]);
      assert.deepEqual([code, stderr], [0, `Wrote ${dir}/prometheus.yml\n`]);
      assert.match(readFileSync(join(dir, "prometheus.yml"), "utf8"), /url: http:\/\/\[fd7a::1\]:5254\/sd/);
      assert.notEqual(promtools.length, 0);
      for (const promtool of promtools) {
        const args = ["check", "config", join(dir, "prometheus.yml")];
        const { status, stdout, stderr } = spawnSync(promtool, args, { encoding: "utf8" });
        assert.equal(status, 0, stdout + stderr);
        assert.doesNotMatch(stdout + stderr, /WARN/i);
      }
    } finally {
      rmSync(dir, { recursive: true, force: true });
    }
  });

  test("lets no label of an agent take the place of a target's own", { ...TIMEOUT, skip: skipWithoutPromtool }, async () => {
    const names = ["__address__", "__scheme__", "__metrics_path__", "__param_x", "job", "instance", "node", "tags", "role"];
    const labels = {
      __meta_tsmon_exporter: "postgres",
      __meta_tailmon_node_name: "evil",
      __meta_tsmon_node: "db",
      ...Object.fromEntries(names.map((name) => [`__meta_tsmon_label_${name}`, "evil"])),
    };
    for (const promtool of promtools) {
      assert.deepEqual(await relabelled(promtool, { targets: ["100.64.0.1:5253"], labels }), {
        __address__: "100.64.0.1:5253",
        __metrics_path__: "/metrics",
        __scheme__: "http",
        instance: "100.64.0.1:5253",
        job: "postgres",
        node: "db",
        role: "evil",
      });
    }
  });

  test("leaves the labels node and tags of exporters alone, but for tailscale_node_info", () => {
    const config = parse(prometheusConfig({ discover: "127.0.0.1:5254", isSnippet: false }));
    const rules = ["exported_node", "exported_tags"].map((target_label) => {
      return { source_labels: ["__name__"], regex: "tailscale_node_info", target_label, replacement: "" };
    });
    assert.deepEqual(config.scrape_configs[0].metric_relabel_configs, rules);
  });

  test("makes with --snippet the entries of the whole configuration", () => {
    const options = { discover: "127.0.0.1:5254" };
    const whole = parse(prometheusConfig({ ...options, isSnippet: false }));
    assert.deepEqual(parse(prometheusConfig({ ...options, isSnippet: true })), whole.scrape_configs);
  });

  for (const [args, want] of [
    [[], /^Generate what\?/],
    [["dashboard"], /^Cannot generate "dashboard": expected acl, prometheus/],
    [["prometheus", "--discover", "x"], /"x" is not an address: expected HOST:PORT/],
    [["prometheus", "--discover", "host:99999"], /"host:99999" is not an address: expected HOST:PORT/],
    [["prometheus", "--out", "/proc/none"], /^Cannot write \/proc\/none\/prometheus\.yml: ENOENT/],
  ] as const) {
    test(`says what is wrong with ${args.join(" ") || "nothing"}`, TIMEOUT, async () => {
      const { code, stdout, stderr } = await run(["generate", ...args]);
      assert.deepEqual([code !== 0, stdout], [true, ""]);
      assert.match(stderr, want);
    });
  }
});

/** Labels with which Prometheus scrapes a target of discover's; without those that not every version of it has. */
async function relabelled(promtool: string, group: Group): Promise<Record<string, string>> {
  const server = createServer((_, response) => {
    response.writeHead(200, { "Content-Type": "application/json" }).end(toJson([group]));
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const dir = mkdtempSync(join(tmpdir(), "tsmon-generate-"));
  try {
    const discover = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    const file = join(dir, "prometheus.yml");
    writeFileSync(file, prometheusConfig({ discover, isSnippet: false }));
    const args = ["check", "service-discovery", "--timeout=1s", file, "tsmon"];
    // In its one second this process, which is to answer, may not have its turn.
    const labels = await eventually("the labels of promtool's target", async () => {
      const { stdout } = await promisify(execFile)(promtool, args);
      return JSON.parse(stdout)[0]?.labels as Record<string, string> | undefined;
    });
    const entries = Object.entries(labels);
    return Object.fromEntries(entries.filter(([name]) => /^(?!__)|^__(?:address|metrics_path|param|scheme)_/.test(name)));
  } finally {
    server.close();
    rmSync(dir, { recursive: true, force: true });
  }
}
