import * as z from "zod/mini";
import { converted, FilePath } from "../config/fields.ts";
import { parseRule, type Rule } from "./rules.ts";

const RULE = "is not a rule: expected local, tailnet, tag:NAME, user@example.com, node:NAME, cap or any";

/** Settings of who may read and how, the same in every mode. */
export const AccessFields = {
  "web.allow": z
    .prefault(
      z.pipe(
        z.array(converted(z.string(), parseRule, RULE)).check(z.minLength(1)),
        z.transform((rules): readonly Rule[] => rules),
      ),
      ["local", "tailnet"],
    )
    .register(z.globalRegistry, {
      description:
        "Who may read: local (this host), tailnet (every node), tag:NAME, user@example.com, node:NAME, cap (who is granted tsmon.dev/cap/scrape), any; it may be given several times",
      placeholder: "RULE",
    }),
  "web.trust-serve": z._default(z.boolean(), false).register(z.globalRegistry, {
    description:
      "Believe tailscale serve on this host about its callers; any program on this host can then pass for one",
  }),
  "web.config.file": z.optional(FilePath).register(z.globalRegistry, {
    description:
      "Web configuration file of the Prometheus exporters: TLS, users with passwords, headers; re-read when it changes",
    placeholder: "FILE",
  }),
  "web.tls": z.optional(z.enum(["tailscale"])).register(z.globalRegistry, {
    description: "Serve HTTPS with the certificate of this node's MagicDNS name, which tailscaled gets and renews",
  }),
};
