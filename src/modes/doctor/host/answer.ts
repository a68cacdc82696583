import type { HostContext } from "../context.ts";
import { type Check, type Finding, fail, ok, textOf } from "../finding.ts";
import { type Answer, ask, firstLine } from "../http.ts";
import { answerFindings } from "../node/agent.ts";
import { dialled } from "./dial.ts";

/** What the host's agent says to this caller. */
export const answer: Check<HostContext> = {
  subject: "agent",
  async run(context) {
    if (!context.isOpen) return [];
    const { peer, settings } = context;
    const host = `${peer?.TailscaleIPs?.[0]}:${settings["agent.port"]}`;
    const page = (path: string) => ask(() => dialled(context), host, path, settings.timeout);
    let metrics: Answer;
    try {
      metrics = await page("/metrics");
    } catch (error) {
      return [
        fail(`It takes the connection and does not answer: ${textOf(error)}`, "There: journalctl -u tsmon-agent"),
      ];
    }
    if (metrics.status === 403) return [refusedFinding(metrics.body)];
    return [...answerFindings(metrics, await page("/readyz").catch(() => undefined)), ...(await exporters(page))];
  },
};

function refusedFinding(body: string): Finding {
  return fail(
    `Its agent refuses this node: ${firstLine(body)}`,
    "There: let this node in with --web.allow, as the sentence says",
  );
}

/** The exporters that it offers; an agent without the page has none. */
async function exporters(page: (path: string) => Promise<Answer>): Promise<Finding[]> {
  try {
    const { status, body } = await page("/.well-known/tsmon");
    const names = (JSON.parse(body) as { exporters: { name: string }[] }).exporters.map(({ name }) => name);
    return status === 200 ? [ok(`It offers ${names.join(", ")} to discovery`)] : [];
  } catch {
    return []; // an agent without the page
  }
}
