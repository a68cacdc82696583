import { resolve } from "node:path";
import * as z from "zod/mini";
import { ConfigFields, FilePath, HostPort, LogFields, listenOn, Port, Seconds, Socket } from "../../config/fields.ts";
import { VIEWS } from "../../discovery/answers.ts";
import { SOURCE_NAMES, type SourceName } from "../../discovery/device.ts";
import { FilterError, parseFilter } from "../../discovery/filter.ts";
import type { PlainTarget } from "../../discovery/target.ts";
import { AccessFields } from "../../web/settings.ts";
import { ApiFields } from "../shared/api-settings.ts";
import { AGENT_PORT, DISCOVER_PORT } from "../shared/ports.ts";

/** A list under a name or in a file, and the query that chooses what is in it. */
export interface NamedQuery {
  readonly name: string;
  readonly query: string;
}

// A message continues a sentence that begins with the value: `"foo" is not a target: expected …`.

/** `PORT[/PATH][@TAG]`. */
const PlainTargets = listOf((text): PlainTarget | undefined => {
  const [, digits = "", path = "/metrics", tag] =
    /^(\d{1,5})(\/[\w.~@:+=,/-]*?)?(?:@(tag:[^\s@/]+))?$/.exec(text) ?? [];
  const port = Number(digits);
  const climbs = path.split("/").some((part) => part === "." || part === "..");
  return port < 1 || port > 65_535 || climbs ? undefined : { port, path, tag };
}, "is not a target: expected PORT, PORT/PATH or PORT/PATH@tag:NAME");

/** `ask`, `none` or tags. */
const AgentRules = listOf((text) => {
  return /^(?:ask|none|tag:\S+)$/.test(text) ? text : undefined;
}, "is no way to find agents: expected ask, none or tag:NAME");

const Modules = listOf(
  (text) => namedQuery(text, /^[A-Za-z0-9_-]{1,64}$/),
  "is not a module: expected NAME?QUERY, such as web?tag=web&os=linux",
).check(
  eachNamed(({ name }, others) => {
    if (Object.hasOwn(VIEWS, name)) {
      return `has the name of a list of discover's own: expected another than ${Object.keys(VIEWS).join(", ")}`;
    }
    return others.some((other) => other.name === name) ? "has the name of another module" : undefined;
  }),
);

const SdFiles = listOf(
  (text) => namedQuery(text, /^[^\0]+\.(?:json|ya?ml)$/),
  "is not a file for Prometheus: expected FILE.json, FILE.yml or FILE.yaml, with ?QUERY or without",
).check(
  eachNamed(({ name }, others) => {
    const isTaken = others.some((other) => resolve(other.name) === resolve(name));
    return isTaken ? "is a file that is given already: expected one query a file" : undefined;
  }),
);

const Sources = z.pipe(
  z.array(z.enum(SOURCE_NAMES)).check(z.minLength(1)),
  z.transform((names): readonly SourceName[] => [...new Set(names)]),
);

/** Settings of `tsmon discover`: the one source of its flags, TSMON_DISCOVER_* variables, file keys and help text. */
export const DiscoverSettings = z
  .strictObject({
    source: z.prefault(Sources, ["local"]).register(z.globalRegistry, {
      description: "Where devices are learned from: local (tailscaled), api (Tailscale's), headscale; repeatable",
      placeholder: "NAME",
    }),
    refresh: z
      .optional(Seconds.check(z.refine((seconds) => seconds > 0, "is too short: expected more than 0s")))
      .register(z.globalRegistry, {
        description: "How often sources and agents are asked; without it tailscaled and agents each 30s, APIs each 60s",
        placeholder: "DURATION",
      }),
    agents: z.prefault(AgentRules, ["ask"]).register(z.globalRegistry, {
      description: "How agents are found: ask (each device), none, or tag:NAME (has one, asked or not); repeatable",
      placeholder: "RULE",
    }),
    "agent.port": z._default(Port, AGENT_PORT).register(z.globalRegistry, {
      description: "Port of the agents",
      placeholder: "PORT",
    }),
    "agent.rate": z._default(z.int().check(z.minimum(1), z.maximum(10_000)), 100).register(z.globalRegistry, {
      description: "Most questions to agents in a second",
      placeholder: "N",
    }),
    target: z.prefault(PlainTargets, []).register(z.globalRegistry, {
      description: "Port that is a target on every device but phones, or on those with a tag; repeatable",
      placeholder: "PORT[/PATH][@tag:NAME]",
    }),
    address: z._default(z.enum(["ipv4", "ipv6", "dns"]), "ipv4").register(z.globalRegistry, {
      description: "What targets are named by; a device without it is named by another",
    }),
    via: z._default(z.enum(["auto", "always", "never"]), "auto").register(z.globalRegistry, {
      description: "Have Prometheus scrape through this process; auto does so where tailscaled runs in userspace mode",
    }),
    "via.address": z.optional(HostPort).register(z.globalRegistry, {
      description: "Where Prometheus reaches this process, for --via; without it loopback and the first port served on",
      placeholder: "HOST:PORT",
    }),
    "file-sd": z.prefault(SdFiles, []).register(z.globalRegistry, {
      description: "File to keep for Prometheus's file_sd, JSON or YAML by its ending; repeatable",
      placeholder: "FILE[?QUERY]",
    }),
    "sd.module": z.prefault(Modules, []).register(z.globalRegistry, {
      description: "A query under a name, served at /sd/NAME; repeatable",
      placeholder: "NAME?QUERY",
    }),
    "sd.shrink-guard": z.prefault(Seconds, "10m").register(z.globalRegistry, {
      description: "How long devices and exporters stay listed when many of them vanish at once",
      placeholder: "DURATION",
    }),
    "state.dir": z.optional(FilePath).register(z.globalRegistry, {
      description: "Folder for the last good list; without it STATE_DIRECTORY, /var/lib/tsmon, or the user's own",
      placeholder: "DIR",
    }),
    socket: Socket,
    ...ApiFields,
    "web.listen": listenOn(DISCOVER_PORT),
    ...AccessFields,
    ...LogFields,
    ...ConfigFields,
  })
  .check(
    z.refine((settings) => !settings.source.includes("headscale") || settings["headscale.url"] !== undefined, {
      error: "--source headscale needs --headscale.url",
    }),
  );
export type DiscoverSettings = Readonly<z.output<typeof DiscoverSettings>>;

/** `host:port` at which Prometheus reaches this process. Which port 0 becomes the settings do not tell. */
export function viaAddressOf(settings: DiscoverSettings): string {
  return settings["via.address"] ?? `127.0.0.1:${settings["web.listen"][0]?.port || DISCOVER_PORT}`;
}

/** A list of texts, each read by a parser for which undefined means that it is none. */
function listOf<Value>(parse: (text: string) => Value | undefined, message: string) {
  const item = z.pipe(
    z.string(),
    z.transform((text, context): Value => {
      try {
        const value = parse(text);
        if (value !== undefined) return value;
        context.issues.push({ code: "custom", message, input: text });
      } catch (error) {
        if (!(error instanceof FilterError)) throw error;
        context.issues.push({ code: "custom", message: `has a wrong query. ${error.message}`, input: text });
      }
      return z.NEVER;
    }),
  );
  return z.pipe(
    z.array(item),
    z.transform((values): readonly Value[] => values),
  );
}

/** A check of each in a list, with those before it. What the function returns is what is wrong with it. */
function eachNamed(mistakeOf: (one: NamedQuery, others: readonly NamedQuery[]) => string | undefined) {
  return z.check<readonly NamedQuery[]>(({ value, issues }) => {
    for (const [index, one] of value.entries()) {
      const message = mistakeOf(one, value.slice(0, index));
      if (message !== undefined) issues.push({ code: "custom", message, input: one.name, path: [index] });
    }
  });
}

/** @throws {FilterError} If the query is wrong. */
function namedQuery(text: string, form: RegExp): NamedQuery | undefined {
  const cut = text.indexOf("?");
  const [name, query] = cut < 0 ? [text, ""] : [text.slice(0, cut), text.slice(cut + 1)];
  parseFilter(new URLSearchParams(query));
  return form.test(name) ? { name, query } : undefined;
}
