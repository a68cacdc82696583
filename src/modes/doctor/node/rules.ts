import { existsSync, readFileSync } from "node:fs";
import { resolveSettings } from "../../../config/load.ts";
import { ConfigError } from "../../../config/problem.ts";
import { AgentSettings } from "../../agent/settings.ts";
import type { NodeContext } from "../context.ts";
import { type Check, fail, ok, unknown } from "../finding.ts";

/** Whom the agent lets in unless it is told. */
const DEFAULT_RULES = ["local", "tailnet"];

/** The agent's settings, and which callers they let in. */
export const rules: Check<NodeContext> = {
  subject: "settings",
  async run({ settings }) {
    const path = settings["agent.config"];
    const argv = existsSync(path) ? [`--config.file=${path}`] : [];
    const readFile = async () => readFileSync(path, "utf8");
    try {
      const { given } = await resolveSettings({ schema: AgentSettings, mode: "agent", argv, env: {}, readFile });
      const allowed = (given.get("web.allow")?.value as readonly string[] | undefined) ?? DEFAULT_RULES;
      const where = argv.length > 0 ? path : "No file of settings, so the defaults hold";
      return [
        ok(`${where}: ${given.size - argv.length} settings; callers that are let in: ${[allowed].flat().join(", ")}`),
      ];
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      const [first = ""] = error.message.split("\n");
      if (first.includes("EACCES"))
        return [unknown(`${path} cannot be read by this user`, "Run the doctor as root to have it looked at")];
      return [fail(`The agent's settings are wrong: ${first}`, `Mend ${path}, then systemctl restart tsmon-agent`)];
    }
  },
};
