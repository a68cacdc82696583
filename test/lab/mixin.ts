import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { NODE_EXPORTER_VERSION, program } from "./programs.ts";

// The mixin's own mixin.libsonnet takes in dashboards too, for which it needs a library that is in no registry.
const SOURCE = `
  local mixin = (import 'config.libsonnet') + (import 'alerts/alerts.libsonnet') + (import 'rules/rules.libsonnet');
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

/** The node-mixin of the lab's node_exporter with its default settings, as groups for Prometheus's rule files. */
export async function nodeMixin(): Promise<{ rules: RuleGroup[]; alerts: RuleGroup[] }> {
  const run = promisify(execFile);
  const { Dir } = JSON.parse((await run("go", ["mod", "download", "-json", MODULE])).stdout);
  const jsonnet = await run(await program("jsonnet"), ["-J", join(Dir, "docs/node-mixin"), "-e", SOURCE]);
  return JSON.parse(jsonnet.stdout);
}
