import { Agent } from "./agent/agent.ts";
import { AgentSettings } from "./agent/settings.ts";
import { type Mode, runMode } from "./shared/run.ts";

/** The mode, for its help too. */
export const AGENT: Mode<typeof AgentSettings> = {
  schema: AgentSettings,
  mode: "agent",
  positional: "proxy.exporters",
  description:
    "Serves the metrics of this host and of its tailscaled to Prometheus, and those of other exporters on this host. Needs no settings.",
  examples: [
    { command: "tsmon agent", does: "Serve on port 5253 of this node's Tailscale addresses and of loopback." },
    {
      command: "tsmon agent postgres:9187 app:8080/stats",
      does: "Serve two exporters of this host too, under /proxy/.",
    },
    { command: "tsmon agent --web.allow local --web.allow tag:prometheus", does: "Serve to nodes with a tag only." },
    { command: "tsmon agent --web.listen 127.0.0.1:9100", does: "Serve to this host alone, on node_exporter's port." },
    { command: "tsmon agent --peers none --no-collector.diskstats", does: "Leave out what is not wanted." },
  ],
  create: (options) => new Agent(options),
  serves: (settings) => ({ what: "metrics", path: settings["web.telemetry-path"] }),
};

/** `tsmon agent`: runs until it is asked to stop, and returns the exit code. */
export function runAgent(argv: readonly string[]): Promise<number> {
  return runMode(AGENT, argv);
}
