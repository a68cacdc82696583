import { z } from "zod";
import { converted } from "../config/fields.ts";
import { parseRule, type Rule } from "./rules.ts";

const RULE = "is not a rule: expected local, tailnet, tag:NAME, user@example.com, node:NAME, cap or any";

/** Settings of who may read, the same in every mode. */
export const AccessFields = {
  "web.allow": z
    .array(converted(z.string(), parseRule, RULE))
    .min(1)
    .transform((rules): readonly Rule[] => rules)
    .prefault(["local", "tailnet"])
    .meta({
      description:
        "Who may read: local (this host), tailnet (every node), tag:NAME, user@example.com, node:NAME, cap (who is granted tsmon.dev/cap/scrape), any; it may be given several times",
      placeholder: "RULE",
    }),
  "web.trust-serve": z.boolean().default(false).meta({
    description:
      "Believe tailscale serve on this host about its callers; any program on this host can then pass for one",
  }),
};
