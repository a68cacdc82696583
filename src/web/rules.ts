/** One rule of `--web.allow`. */
export type Rule =
  | { readonly kind: "local" | "tailnet" | "cap" | "any" }
  | { readonly kind: "tag" | "user" | "node"; readonly value: string };

/** Rules that are one word. */
const WORDS = ["local", "tailnet", "cap", "any"] as const;

/**
 * Reads `local`, `tailnet`, `cap`, `any`, `tag:NAME`, `node:NAME` or a user's login name, which has an `@`; undefined for
 * all else. Names are compared without regard to case.
 */
export function parseRule(text: string): Rule | undefined {
  const word = WORDS.find((word) => word === text);
  if (word !== undefined) return { kind: word };
  const value = text.toLowerCase();
  if (/^tag:[a-z][a-z0-9-]*$/.test(value)) return { kind: "tag", value };
  const [, node] = /^node:([a-z0-9](?:[a-z0-9.-]*[a-z0-9])?)$/.exec(value) ?? [];
  if (node !== undefined) return { kind: "node", value: node };
  return /^[^\s@:/"]+@[^\s@:/"]*$/.test(value) ? { kind: "user", value } : undefined;
}

/** A rule as the user writes it. */
export function formatRule(rule: Rule): string {
  if (rule.kind === "node") return `node:${rule.value}`;
  return "value" in rule ? rule.value : rule.kind;
}
