import type { HostContext } from "../context.ts";
import { nameOf } from "../context.ts";
import { type Check, type Finding, fail, ok, textOf } from "../finding.ts";
import { dialled } from "./dial.ts";

/** Whether a connection to the agent's port gets through. */
export const port: Check<HostContext> = {
  subject: "port",
  async run(context) {
    const { settings, isThere } = context;
    if (!isThere) return [];
    try {
      (await dialled(context)).close();
      context.isOpen = true;
      return [ok(`Port ${settings["agent.port"]} is open to this node`)];
    } catch (error) {
      context.isOpen = false;
      return [closedFinding(context, textOf(error))];
    }
  },
};

/** What a refused or unanswered connection means, by what the pings have shown. */
export function closedFinding({ peer, status, settings, tunnelWorks }: HostContext, reason: string): Finding {
  const number = settings["agent.port"];
  if (/refused|ECONNREFUSED|reset/i.test(reason))
    return fail(
      `Port ${number} refuses connections: nothing listens there, or a firewall rejects them`,
      `There: tsmon doctor. To start the agent: tsmon install agent`,
    );
  const text = `Port ${number} does not answer (${reason.replace(/^Cannot read LocalAPI dial: /, "")})`;
  if (!tunnelWorks || !peer || !status) return fail(text, "No ping came through either: mend that first");
  const grant = { src: [selectorOf(status.Self)], dst: [selectorOf(peer)], ip: [`tcp:${number}`] };
  return fail(
    `${text}, though WireGuard works, so the tailnet's policy or a firewall there drops it`,
    `The policy lacks a line such as ${JSON.stringify(grant)} in "grants"; or there, allow TCP port ${number} on tailscale0`,
  );
}

/** How a policy file would name a node. */
function selectorOf(node: NonNullable<HostContext["peer"]>): string {
  return node.Tags?.[0] ?? node.TailscaleIPs?.[0] ?? nameOf(node);
}
