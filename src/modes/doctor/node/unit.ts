import { existsSync } from "node:fs";
import { SERVICES } from "../../commands.ts";
import { run } from "../../install/carry-out.ts";
import { unitName } from "../../install/unit.ts";
import type { NodeContext } from "../context.ts";
import { type Check, type Finding, fail, ok, unknown, warn } from "../finding.ts";

const PROPERTIES = ["LoadState", "ActiveState", "SubState", "UnitFileState", "StatusText", "Result", "NRestarts"];

/** How systemd sees the services of tsmon. That of another mode than the agent need not be there. */
export const unit: Check<NodeContext> = {
  subject: "service",
  async run() {
    if (!existsSync("/run/systemd/system"))
      return [unknown("systemd does not run here, so something else starts the agent")];
    return SERVICES.flatMap((mode) => {
      const name = unitName(mode);
      const text = run(["systemctl", "show", ...PROPERTIES.map((property) => `--property=${property}`), name]);
      const findings = unitFindings(name, text);
      return mode === "agent" ? findings : findings.filter(({ standing }) => standing !== "unknown");
    });
  },
};

/** What the output of `systemctl show` says. */
export function unitFindings(name: string, text: string): Finding[] {
  const values = new Map(text.split("\n").map((line) => [line.split("=", 1)[0], line.slice(line.indexOf("=") + 1)]));
  const value = (property: string) => values.get(property) ?? "";
  if (value("LoadState") === "not-found")
    return [unknown(`${name} is not installed`, "To have the agent start at boot: tsmon install agent")];
  if (value("LoadState") === "masked")
    return [fail(`${name} is masked, so it cannot start`, `systemctl unmask ${name}`)];
  const state = value("ActiveState");
  if (state !== "active")
    return [
      fail(
        `${name} is ${state} (${value("SubState")}, ${value("Result")})`,
        `Its log says why: journalctl -u ${name}. Start it: systemctl start ${name}`,
      ),
    ];
  const findings = [ok(`${name} runs${value("StatusText") && `: ${value("StatusText")}`}`)];
  if (Number(value("NRestarts")) > 0)
    findings.push(
      warn(
        `${name} was restarted ${value("NRestarts")} times after it had ended by itself`,
        `See journalctl -u ${name}`,
      ),
    );
  if (value("UnitFileState") === "disabled")
    findings.push(warn(`${name} does not start at boot`, `systemctl enable ${name}`));
  return findings;
}
