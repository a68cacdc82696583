import type { Caller, CallingNode } from "./caller.ts";
import { type Endpoint, grantsAllow, parseGrants, type ScrapeGrant } from "./grants.ts";
import type { Rule } from "./rules.ts";

/** What a caller may read. */
export interface Access {
  /** Everything, nothing, or what these grants admit to. */
  readonly to: "everything" | "nothing" | readonly ScrapeGrant[];
}

/** What the rules give a caller: all that each of them gives. */
export function accessOf(caller: Caller, rules: readonly Rule[], suffix: string | undefined): Access {
  if (rules.some((rule) => admits(rule, caller, rules, suffix))) return { to: "everything" };
  if (caller.kind !== "node" || !rules.some(({ kind }) => kind === "cap")) return { to: "nothing" };
  const grants = parseGrants(caller.capabilities);
  return { to: grants.length > 0 ? grants : "nothing" };
}

/** Whether a caller may read an endpoint, and there an exporter. */
export function mayRead({ to }: Access, endpoint: Endpoint, exporter?: string): boolean {
  if (typeof to === "string") return to === "everything";
  return grantsAllow(to, endpoint, exporter);
}

function admits(rule: Rule, caller: Caller, rules: readonly Rule[], suffix: string | undefined): boolean {
  if (rule.kind === "any") return true;
  if (caller.kind === "local") return rule.kind === "local";
  // It is one or the other, so both have to be welcome.
  if (caller.kind === "loopback") return rule.kind === "local" && rules.some(({ kind }) => kind === "tailnet");
  return caller.kind === "node" && admitsNode(rule, caller, suffix);
}

function admitsNode(rule: Rule, { id, name, user, tags }: CallingNode, suffix: string | undefined): boolean {
  switch (rule.kind) {
    case "tailnet":
      return true;
    case "tag":
      return tags.some((tag) => tag.toLowerCase() === rule.value);
    case "user":
      return user?.toLowerCase() === rule.value;
    case "node":
      return rule.value === id.toLowerCase() || rule.value === name.toLowerCase() || isShort(rule.value, name, suffix);
    default:
      return false;
  }
}

/** Whether a name is the first label of a node of this tailnet. In another tailnet anyone may give a node any name. */
function isShort(value: string, name: string, suffix: string | undefined): boolean {
  return suffix !== undefined && `${value}.${suffix}`.toLowerCase() === name.toLowerCase();
}
