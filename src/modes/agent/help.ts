import type { HelpText } from "../../config/help.ts";
import { AgentSettings } from "./settings.ts";

/** What `tsmon agent --help` says. */
export const AGENT_HELP: HelpText = {
  schema: AgentSettings,
  mode: "agent",
  description: "Serves the metrics of this host and of its tailscaled to Prometheus. Needs no settings.",
  examples: [
    { command: "tsmon agent", does: "Serve on port 5253 of this node's Tailscale addresses and of loopback." },
    { command: "tsmon agent --web.listen 127.0.0.1:9100", does: "Serve to this host alone, on node_exporter's port." },
    { command: "tsmon agent --peers none --no-collector.diskstats", does: "Leave out what is not wanted." },
  ],
};
