import { existsSync } from "node:fs";
import { run } from "../../install/carry-out.ts";
import { unitName } from "../../install/unit.ts";
import type { NodeContext } from "../context.ts";
import { type Check, type Finding, fail, ok, unknown, warn } from "../finding.ts";

const UNIT = unitName("agent");
const PROPERTIES = ["LoadState", "ActiveState", "SubState", "UnitFileState", "StatusText", "Result", "NRestarts"];

/** How systemd sees the agent's service. */
export const unit: Check<NodeContext> = {
  subject: "service",
  async run() {
    if (!existsSync("/run/systemd/system"))
      return [unknown("systemd does not run here, so something else starts the agent")];
    const text = run(["systemctl", "show", ...PROPERTIES.map((name) => `--property=${name}`), UNIT]);
    return unitFindings(text);
  },
};

/** What the output of `systemctl show` says. */
export function unitFindings(text: string): Finding[] {
  const values = new Map(text.split("\n").map((line) => [line.split("=", 1)[0], line.slice(line.indexOf("=") + 1)]));
  const value = (name: string) => values.get(name) ?? "";
  if (value("LoadState") === "not-found")
    return [unknown(`${UNIT} is not installed`, "To have the agent start at boot: tsmon install agent")];
  if (value("LoadState") === "masked")
    return [fail(`${UNIT} is masked, so it cannot start`, `systemctl unmask ${UNIT}`)];
  const state = value("ActiveState");
  if (state !== "active")
    return [
      fail(
        `${UNIT} is ${state} (${value("SubState")}, ${value("Result")})`,
        `Its log says why: journalctl -u ${UNIT}. Start it: systemctl start ${UNIT}`,
      ),
    ];
  const findings = [ok(`${UNIT} runs${value("StatusText") && `: ${value("StatusText")}`}`)];
  if (Number(value("NRestarts")) > 0)
    findings.push(
      warn(
        `${UNIT} was restarted ${value("NRestarts")} times after it had ended by itself`,
        `See journalctl -u ${UNIT}`,
      ),
    );
  if (value("UnitFileState") === "disabled")
    findings.push(warn(`${UNIT} does not start at boot`, `systemctl enable ${UNIT}`));
  return findings;
}
