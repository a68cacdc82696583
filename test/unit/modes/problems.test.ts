import assert from "node:assert/strict";
import { test } from "node:test";
import { NoData } from "../../../src/exporter/collector.ts";
import { LocalApiError, type LocalApiFailure } from "../../../src/localapi/errors.ts";
import { createLog } from "../../../src/log.ts";
import { findingsOf, logOutcomes } from "../../../src/modes/agent/problems.ts";

const failed = (collector: string, failure: LocalApiFailure, endpoint = "status") => ({
  collector,
  durationSeconds: 0,
  error: new LocalApiError(failure, endpoint, failure),
});
const fine = (collector: string) => ({ collector, durationSeconds: 0 });
const broken = (collector: string, error: unknown) => ({ collector, durationSeconds: 0, error });

for (const [name, outcomes, problems, well] of [
  [
    "makes one problem of a tailscaled that is gone",
    [failed("tailscale_node", "missing", "prefs"), failed("tailscale_peers", "missing"), fine("loadavg")],
    { tailscaled: "Cannot read LocalAPI status: missing" },
    ["loadavg"],
  ],
  [
    "makes one problem of a tailscaled that talks nonsense, its other endpoints too",
    [failed("tailscale_peers", "decode"), failed("tailscale_usermetrics", "decode", "usermetrics")],
    { tailscaled: "Cannot read LocalAPI status: decode" },
    [],
  ],
  [
    "takes whatever collectors of tailscaled say meanwhile for the same problem, and others for their own",
    [failed("tailscale_peers", "decode"), broken("tailscale_usermetrics", new SyntaxError("odd")), broken("os", "odd")],
    { tailscaled: "Cannot read LocalAPI status: decode", os: "odd" },
    [],
  ],
  [
    "leaves a problem of one endpoint to its collector",
    [fine("tailscale_peers"), failed("tailscale_usermetrics", "unsupported", "usermetrics")],
    { tailscale_usermetrics: "Cannot read LocalAPI usermetrics: unsupported" },
    ["tailscaled", "tailscale_peers"],
  ],
  ["takes NoData for well", [broken("cpufreq", new NoData("none"))], {}, ["cpufreq"]],
  [
    "says nothing of tailscaled when none that asks it ran",
    [fine("loadavg"), fine("tailscale_up")],
    {},
    ["loadavg", "tailscale_up"],
  ],
  ["tells an error that is none by its text", [broken("loadavg", "odd")], { loadavg: "odd" }, []],
] as const) {
  test(`findingsOf() ${name}`, () => {
    const findings = findingsOf([...outcomes]);
    assert.deepEqual(Object.fromEntries(findings.problems), problems);
    assert.deepEqual([...findings.well], well);
  });
}

test("logOutcomes() tells every collector's outcome at debug, and nothing at info", () => {
  const outcomes = [fine("cpu"), broken("nfs", new NoData("no NFS client"))];
  const linesAt = (level: "debug" | "info") => {
    const lines: string[] = [];
    logOutcomes(
      createLog({ level, format: "text" }, (line) => lines.push(line.replace(/^\S+ /, ""))),
      outcomes,
    );
    return lines;
  };
  assert.deepEqual(linesAt("debug"), [
    "debug Collected collector=cpu durationSeconds=0\n",
    'debug Collected collector=nfs durationSeconds=0 problem="no NFS client"\n',
  ]);
  assert.deepEqual(linesAt("info"), []);
});
