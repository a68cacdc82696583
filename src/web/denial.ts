import { type Caller, describeCaller } from "./caller.ts";
import { type Endpoint, SCRAPE_CAPABILITY } from "./grants.ts";
import { formatRule, type Rule } from "./rules.ts";

/** Why a request is refused, in words few enough to be label values. */
export type DenialReason = "no_rule" | "capability" | "not_a_node" | "forwarded" | "host" | "unidentified";

/** A request that is refused. */
export interface Denial {
  readonly reason: DenialReason;
  /** Who sent it, without what a caller can choose freely. */
  readonly caller: string;
  /** What is missing and what to do, for the caller. */
  readonly text: string;
  /** What the caller is not told. */
  readonly detail?: string;
}

/** What was asked for. */
export interface Wanted {
  readonly endpoint: Endpoint;
  readonly exporter?: string | undefined;
}

/**
 * The refusal of a caller.
 *
 * @param lacking What its grants do not name; undefined when no rule gives it anything.
 */
export function denialOf(caller: Caller, rules: readonly Rule[], lacking: Wanted | undefined): Denial {
  const name = describeCaller(caller);
  const denial = (reason: DenialReason, text: string) => ({ reason, caller: name, text: `Access denied: ${text}` });
  switch (caller.kind) {
    case "node":
      return lacking
        ? denial("capability", `${missingGrant(lacking)} for ${name}. Name it in the tailnet's policy.`)
        : denial("no_rule", nodeText(name, caller.name, rules));
    case "local":
    case "loopback":
      return denial(
        "no_rule",
        `${name} is not welcome here. Start tsmon with --web.allow local besides its other rules.`,
      );
    case "forwarded":
      return denial("forwarded", `${name} does not tell who sent it. Ask this node directly, over the tailnet.`);
    case "misled": {
      const { reason, text } = denial("host", `${name} is not for this host. Ask for localhost or an IP address.`);
      return { reason, text, caller: caller.kind };
    }
    case "stranger":
      return denial(
        "not_a_node",
        `${name} is no node of this tailnet. Ask over the tailnet, from a node that tsmon admits.`,
      );
    case "unidentified": {
      const text = `tailscaled cannot say who ${name} is. Try again when it works; the log of tsmon has the reason.`;
      return { ...denial("unidentified", text), detail: caller.reason };
    }
  }
}

function nodeText(caller: string, name: string, rules: readonly Rule[]): string {
  const short = name.split(".")[0];
  const cap = rules.some(({ kind }) => kind === "cap") ? `, or grant it the app capability ${SCRAPE_CAPABILITY}` : "";
  return `${caller} has none of ${rules.map(formatRule).join(", ")}. Give it one of these, or start tsmon with --web.allow node:${short} besides${cap}.`;
}

function missingGrant({ endpoint, exporter }: Wanted): string {
  const what = exporter === undefined ? "" : ` and the exporter ${JSON.stringify(exporter)}`;
  return `no grant of ${SCRAPE_CAPABILITY} has the endpoint ${JSON.stringify(endpoint)}${what}`;
}
