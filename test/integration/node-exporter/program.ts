import { type ChildProcess, spawn } from "node:child_process";
import process from "node:process";
import { createInterface } from "node:readline";
import type { HostPaths } from "../../../src/exporter/collectors/host/source.ts";
import { builtProgram } from "../../lab/programs.ts";
import { type Exposition, parseExposition } from "./exposition.ts";

/** Flags by name, as both sides take them. */
export type Flags = Readonly<Record<string, string | boolean | readonly string[]>>;

/** What is compared. */
export interface Case {
  readonly paths: HostPaths;
  readonly flags: Flags;
  readonly names: readonly string[];
  /** Whether nothing on the host changes, so that gauges are compared too. */
  readonly isStill?: boolean;
}

/** Path of node_exporter: `TSMON_NODE_EXPORTER`, or the lab's own if that is built. */
export function findNodeExporter(): string | undefined {
  return process.env.TSMON_NODE_EXPORTER ?? builtProgram("nodeExporter");
}

/** The exposition of a node_exporter that runs for one scrape. */
export async function scrapeNodeExporter(binary: string, { paths, flags, names }: Case): Promise<Exposition> {
  const child = spawn(
    binary,
    [
      ...["--web.listen-address=127.0.0.1:0", "--web.disable-exporter-metrics", "--collector.disable-defaults"],
      ...names.map((name) => `--collector.${name}`),
      ...[`--path.procfs=${paths.procfs}`, `--path.sysfs=${paths.sysfs}`],
      ...[`--path.rootfs=${paths.rootfs}`, `--path.udev.data=${paths.udevData}`],
      ...Object.entries(flags).flatMap(([name, value]) => {
        if (typeof value === "boolean") return [`--${value ? "" : "no-"}${name}`];
        return [value].flat().map((item) => `--${name}=${item}`);
      }),
    ],
    { stdio: ["ignore", "ignore", "pipe"] },
  );
  try {
    const response = await fetch(`http://${await listenAddress(child)}/metrics`);
    return parseExposition(await response.text());
  } finally {
    child.kill();
  }
}

/** Address in the line that node_exporter logs once it listens. */
async function listenAddress({ stderr }: ChildProcess): Promise<string> {
  const seen: string[] = [];
  for await (const line of createInterface({ input: stderr! })) {
    const [, address] = /msg="Listening on" address=(\S+)/.exec(line) ?? [];
    if (address !== undefined) {
      stderr!.resume(); // or it would block once the pipe is full
      return address;
    }
    seen.push(line);
  }
  throw new Error(`Cannot start node_exporter:\n${seen.join("\n")}`);
}
