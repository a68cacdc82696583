import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { NODE_EXPORTER_VERSION, program } from "./programs.ts";

// The mixin's own mixin.libsonnet takes in dashboards too, for which it needs a library that is in no registry.
const SOURCE = `
  function(settings)
  local parts = (import 'config.libsonnet') + (import 'alerts/alerts.libsonnet') + (import 'rules/rules.libsonnet');
  local mixin = parts + { _config+:: settings };
  { rules: mixin.prometheusRules.groups, alerts: mixin.prometheusAlerts.groups }
`;
const MODULE = `github.com/prometheus/node_exporter@v${NODE_EXPORTER_VERSION}`;

/** A group of a rule file. */
export interface RuleGroup {
  readonly name: string;
  readonly rules: readonly Rule[];
}

/** A rule of one of the two kinds. */
export interface Rule {
  readonly record?: string;
  readonly alert?: string;
  readonly expr: string;
}

/**
 * The node-mixin of the lab's node_exporter, as groups for Prometheus's rule files.
 *
 * @param settings What is to differ from its config.libsonnet.
 */
export async function nodeMixin(
  settings: Readonly<Record<string, string | number>> = {},
): Promise<{ rules: RuleGroup[]; alerts: RuleGroup[] }> {
  const run = promisify(execFile);
  const { Dir } = JSON.parse((await run("go", ["mod", "download", "-json", MODULE])).stdout);
  const args = ["-J", join(Dir, "docs/node-mixin"), "--tla-code", `settings=${JSON.stringify(settings)}`, "-e", SOURCE];
  return JSON.parse((await run(await program("jsonnet"), args)).stdout);
}
