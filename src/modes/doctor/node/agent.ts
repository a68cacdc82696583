import { connect } from "../../../runtime/connection.ts";
import type { NodeContext } from "../context.ts";
import { type Check, type Finding, fail, ok, textOf, warn } from "../finding.ts";
import { type Answer, ask, firstLine } from "../http.ts";

/** What this host's agent answers over loopback. */
export const agent: Check<NodeContext> = {
  subject: "agent",
  async run({ settings }) {
    const port = settings["agent.port"];
    const open = () => connect({ host: "127.0.0.1", port });
    const page = (path: string) => ask(open, `127.0.0.1:${port}`, path, settings.timeout);
    let metrics: Answer;
    try {
      metrics = await page("/metrics");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ECONNREFUSED") return []; // what listens, and where, is another check's
      return [
        fail(`The agent does not answer on 127.0.0.1:${port}: ${textOf(error)}`, "See journalctl -u tsmon-agent"),
      ];
    }
    return answerFindings(metrics, await page("/readyz").catch(() => undefined));
  },
};

/** What answers to `/metrics` and `/readyz` say. */
export function answerFindings(metrics: Answer, ready: Answer | undefined): Finding[] {
  if (metrics.status === 403)
    return [fail(`The agent refuses this caller: ${firstLine(metrics.body)}`, "Let it in with --web.allow")];
  if (metrics.status === 401)
    return [warn("The agent wants a user and a password", "Give them to Prometheus, in basic_auth of its scrape job")];
  if (metrics.status === 404)
    return [
      fail(
        `The agent has no /metrics: ${firstLine(metrics.body)}`,
        "Have Prometheus ask for the path that it has, or leave --web.telemetry-path out",
      ),
    ];
  if (metrics.status !== 200)
    return [fail(`The agent answers ${metrics.status}: ${firstLine(metrics.body)}`, "See journalctl -u tsmon-agent")];
  const version = /^tsmon_build_info\{[^}]*version="([^"]*)"/m.exec(metrics.body)?.[1];
  if (version === undefined)
    return [
      warn(
        "Something else than tsmon answers on the agent's port",
        "Stop it, or give the agent another port with --web.listen",
      ),
    ];
  const findings = [ok(`tsmon agent ${version} answers with ${seriesIn(metrics.body)} series`)];
  const failed = [...metrics.body.matchAll(/^tsmon_collector_success\{collector="([^"]*)"\} 0$/gm)].map(
    ([, name]) => name,
  );
  if (failed.length > 0)
    findings.push(
      warn(`Collectors without success: ${failed.join(", ")}`, "The agent's log says why: journalctl -u tsmon-agent"),
    );
  if (/^tsmon_config_last_reload_successful 0$/m.test(metrics.body))
    findings.push(
      warn("The agent refused its newest settings and goes on with older ones", "See journalctl -u tsmon-agent"),
    );
  if (ready?.status === 503) findings.push(warn(`The agent is not ready: ${firstLine(ready.body)}`));
  return findings;
}

function seriesIn(exposition: string): number {
  return exposition.split("\n").filter((line) => line !== "" && !line.startsWith("#")).length;
}
