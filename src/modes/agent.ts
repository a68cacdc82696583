import { readFileSync } from "node:fs";
import process from "node:process";
import { asksFor } from "../config/arguments.ts";
import { helpOf } from "../config/help.ts";
import { type ResolvedSettings, resolveSettings } from "../config/load.ts";
import { printSettings } from "../config/print.ts";
import { ConfigError } from "../config/problem.ts";
import { createLog, type Log } from "../log.ts";
import { onHangUp, terminated } from "../runtime/signals.ts";
import { BUILD } from "../version.ts";
import { WebConfigError } from "../web/web-config-error.ts";
import { Agent, type AgentOptions } from "./agent/agent.ts";
import { AgentSettings } from "./agent/settings.ts";

type WebConfigModule = typeof import("../web/web-config-file.ts");
type Resolved = ResolvedSettings<typeof AgentSettings> & { readonly webConfig: WebConfigModule | undefined };

const HELP = {
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
};

/** `tsmon agent`: runs until it is asked to stop, and returns the exit code. */
export async function runAgent(argv: readonly string[]): Promise<number> {
  const { env, platform, stdout } = process;
  const asked = asksFor(argv);
  if (asked) {
    const colour = Boolean(stdout.isTTY) && !env.NO_COLOR;
    stdout.write(asked === "version" ? versionLine() : helpOf(HELP, { columns: stdout.columns, colour }));
    return 0;
  }
  const resolve = async () => {
    const resolved = await resolveSettings({
      schema: AgentSettings,
      mode: "agent",
      argv,
      positional: "proxy.exporters",
      env,
      readFile: async (path) => readFileSync(path, "utf8"),
    });
    return { ...resolved, webConfig: await loadWebConfig(resolved.settings) };
  };
  const resolved = await orProblem(resolve);
  if (typeof resolved === "string") {
    process.stderr.write(`${resolved}\n`);
    return 2;
  }
  if (resolved.settings["config.print"]) stdout.write(await printSettings(AgentSettings, resolved.given));
  if (resolved.settings["config.check"] || resolved.settings["config.print"]) return 0;
  const log = logOf(resolved);
  const optionsOf = (resolved: Resolved): AgentOptions => ({ ...resolved, env, platform, log });
  const agent = new Agent(optionsOf(resolved));
  onHangUp(() => void reload(agent, log, async () => optionsOf(await resolve())));
  return serveUntilStopped(agent, log, resolved);
}

/** The line that `--version` prints. */
export function versionLine(): string {
  return `tsmon ${BUILD.version} (revision ${BUILD.revision}, ${BUILD.runtime})\n`;
}

async function serveUntilStopped(agent: Agent, log: Log, { settings }: Resolved): Promise<number> {
  const stopped = terminated();
  const refused = await agent.start();
  for (const { message } of refused) log.error(message);
  if (refused.length > 0) {
    await agent.stop();
    return 1;
  }
  const links = agent.origins.map((origin) => `${origin}${settings["web.telemetry-path"]}`);
  if (links.length > 0) log.info(`Serving metrics on ${links.join(" and ")}`, { version: BUILD.version });
  else log.info("Waiting for tailscaled's certificate before serving", { version: BUILD.version });
  const signal = await stopped;
  await agent.stop();
  log.info("Stopped", { signal });
  return 0;
}

async function reload(agent: Agent, log: Log, options: () => Promise<AgentOptions>): Promise<void> {
  try {
    await agent.reload(await options());
    log.info("Settings reloaded");
  } catch (error) {
    agent.reloadFailed();
    log.error(`Cannot reload the settings, so the old ones stay: ${error instanceof Error ? error.message : error}`);
  }
}

/**
 * What reads web configuration files, loaded for those who have one.
 *
 * @throws {WebConfigError} If the file cannot be used, or says what another setting says too.
 */
async function loadWebConfig(settings: Resolved["settings"]): Promise<WebConfigModule | undefined> {
  const path = settings["web.config.file"];
  if (path === undefined) return undefined;
  const { readWebConfig } = await import("../web/web-config.ts");
  const isTwice = readWebConfig(path).tls !== undefined && settings["web.tls"] !== undefined;
  if (!isTwice) return import("../web/web-config-file.ts");
  throw new WebConfigError(`${path}: tls_server_config and --web.tls are two certificates: leave one of them out`);
}

async function orProblem(resolve: () => Promise<Resolved>): Promise<Resolved | string> {
  try {
    return await resolve();
  } catch (error) {
    if (error instanceof ConfigError || error instanceof WebConfigError) return error.message;
    throw error;
  }
}

function logOf({ settings }: Resolved): Log {
  return createLog({ level: settings["log.level"], format: settings["log.format"] });
}
