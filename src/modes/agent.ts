import { readFileSync } from "node:fs";
import process from "node:process";
import { asksFor } from "../config/arguments.ts";
import { helpOf } from "../config/help.ts";
import { type ResolvedSettings, resolveSettings } from "../config/load.ts";
import { printSettings } from "../config/print.ts";
import { ConfigError } from "../config/problem.ts";
import { configureLog, createLog, type Log, type LogOptions } from "../log.ts";
import { onHangUp, terminated } from "../runtime/signals.ts";
import { BUILD } from "../version.ts";
import { Agent, type AgentOptions } from "./agent/agent.ts";
import { AGENT_HELP } from "./agent/help.ts";
import { AgentSettings } from "./agent/settings.ts";
import { connectServiceManager, type ServiceManager } from "./service-manager.ts";

type Resolved = ResolvedSettings<typeof AgentSettings>;

/** `tsmon agent`: runs until it is asked to stop, and returns the exit code. */
export async function runAgent(argv: readonly string[]): Promise<number> {
  const { env, platform, stdout } = process;
  const asked = asksFor(argv);
  if (asked) {
    const colour = Boolean(stdout.isTTY) && !env.NO_COLOR;
    stdout.write(asked === "version" ? versionLine() : helpOf(AGENT_HELP, { columns: stdout.columns, colour }));
    return 0;
  }
  const resolve = () =>
    resolveSettings({
      schema: AgentSettings,
      mode: "agent",
      argv,
      env,
      readFile: async (path) => readFileSync(path, "utf8"),
    });
  const resolved = await orProblem(resolve);
  if (typeof resolved === "string") {
    process.stderr.write(`${resolved}\n`);
    return 2;
  }
  if (resolved.settings["config.print"]) stdout.write(await printSettings(AgentSettings, resolved.given));
  if (resolved.settings["config.check"] || resolved.settings["config.print"]) return 0;
  const log = createLog(logOptions(resolved));
  const service = await connectServiceManager({ env, pid: process.pid, log });
  const optionsOf = ({ settings, given }: Resolved): AgentOptions => ({ settings, given, env, platform, log });
  const agent = new Agent(optionsOf(resolved));
  let reloaded = Promise.resolve();
  onHangUp(() => {
    // One after the other: two at once would each stop what the other starts.
    reloaded = reloaded.then(() => reload(agent, log, service, async () => optionsOf(await resolve())));
  });
  return serveUntilStopped(agent, log, service, resolved);
}

/** The line that `--version` prints. */
export function versionLine(): string {
  return `tsmon ${BUILD.version} (revision ${BUILD.revision}, ${BUILD.runtime})\n`;
}

async function serveUntilStopped(
  agent: Agent,
  log: Log,
  service: ServiceManager,
  { settings }: Resolved,
): Promise<number> {
  const stopped = terminated();
  const refused = await agent.start();
  for (const { message } of refused) log.error(message);
  if (refused.length > 0) {
    await agent.stop();
    return 1;
  }
  const serving = servingOf(agent, settings);
  log.info(serving, { version: BUILD.version });
  service.ready(serving);
  const signal = await stopped;
  service.stopping();
  await agent.stop();
  log.info("Stopped", { signal });
  return 0;
}

async function reload(
  agent: Agent,
  log: Log,
  service: ServiceManager,
  options: () => Promise<AgentOptions>,
): Promise<void> {
  service.reloading();
  try {
    const wanted = await options();
    await agent.reload(wanted);
    configureLog(log, logOptions(wanted));
    log.info("Settings reloaded");
    service.ready(servingOf(agent, wanted.settings));
  } catch (error) {
    agent.reloadFailed();
    const reason = error instanceof Error ? error.message : String(error);
    log.error(`Cannot reload the settings, so the old ones stay: ${reason}`);
    service.ready(`Goes on with the old settings: ${reason.replaceAll("\n", "; ")}`);
  }
}

function servingOf(agent: Agent, settings: AgentOptions["settings"]): string {
  const links = agent.addresses.map((address) => `http://${address}${settings["web.telemetry-path"]}`);
  return `Serving metrics on ${links.join(" and ")}`;
}

async function orProblem(resolve: () => Promise<Resolved>): Promise<Resolved | string> {
  try {
    return await resolve();
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
}

function logOptions({ settings }: Pick<Resolved, "settings">): LogOptions {
  return { level: settings["log.level"], format: settings["log.format"] };
}
