import * as z from "zod/mini";
import { Bytes, converted } from "../config/fields.ts";
import { TargetOptions } from "./options.ts";
import { isOnLoopback, parseTarget, type Target } from "./target.ts";

const TARGET =
  "is not an exporter: expected NAME:PORT, NAME:PORT/PATH or NAME=URL, with a password in proxy.options alone";

/** Name under which the agent's own metrics are listed. */
export const OWN_EXPORTER = "tsmon";

/** Settings of the exporter proxy. */
export const ProxyFields = {
  "proxy.exporters": z
    .prefault(
      z.pipe(
        z.array(converted(z.string(), parseTarget, TARGET)),
        z.transform((targets): readonly Target[] => targets),
      ),
      [],
    )
    .register(z.globalRegistry, {
      description:
        "Exporter to serve under /proxy/NAME, on this host's loopback; also as plain words: node:9100 app:8080/stats",
      placeholder: "NAME:PORT[/PATH]",
    }),
  "proxy.options": z._default(z.record(z.string(), TargetOptions), {}).register(z.globalRegistry, {
    description:
      "In the file only: by exporter name its labels, headers, bearer_token, bearer_token_file, basic_auth, tls_config",
    placeholder: "MAPPING",
  }),
  "proxy.merge": z._default(z.array(z.string()), []).register(z.globalRegistry, {
    description: "Exporter whose families are also on the agent's own page, with its name in the label exporter",
    placeholder: "NAME",
  }),
  "proxy.allow-remote": z
    ._default(z.boolean(), false)
    .register(z.globalRegistry, { description: "Let exporters be on other hosts than this" }),
  "proxy.max-bytes": z
    .prefault(Bytes.check(z.refine((bytes) => bytes > 0, "is too small: expected more than 0")), "50MiB")
    .register(z.globalRegistry, {
      description: "Largest answer of an exporter that is passed on, as it is sent",
      placeholder: "SIZE",
    }),
};

/** What the checks of {@linkcode checkProxy} read. */
interface ProxySettings {
  readonly "proxy.exporters": readonly Target[];
  readonly "proxy.options": Readonly<Record<string, TargetOptions>>;
  readonly "proxy.merge": readonly string[];
  readonly "proxy.allow-remote": boolean;
}

/** Rules over several settings: names that are unique and known, hosts that are allowed. */
export function checkProxy(settings: ProxySettings, context: z.core.$RefinementCtx): void {
  const targets = settings["proxy.exporters"];
  const problem = (path: (string | number)[], message: string) => context.addIssue({ code: "custom", path, message });
  targets.forEach((target, index) => {
    const path = ["proxy.exporters", index];
    if (target.name === OWN_EXPORTER) problem(path, `has the name of tsmon's own metrics`);
    if (targets.findIndex(({ name }) => name === target.name) < index)
      problem(path, "has the name of another exporter");
    if (!isOnLoopback(target.url) && !settings["proxy.allow-remote"]) {
      problem(path, "is not on this host: --proxy.allow-remote allows it");
    }
  });
  const isKnown = (name: string) => targets.some((target) => target.name === name);
  settings["proxy.merge"].forEach((name, index) => {
    if (!isKnown(name)) problem(["proxy.merge", index], "is no exporter: name it as NAME:PORT too");
  });
  for (const name of Object.keys(settings["proxy.options"])) {
    if (!isKnown(name)) problem(["proxy.options"], `names ${JSON.stringify(name)}, which is no exporter`);
  }
}
