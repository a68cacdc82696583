import * as z from "zod/mini";
import { ConfigFields, LogFields, listenOn, Port, Seconds, Socket } from "../../config/fields.ts";
import { COMPAT_NAMES, type CompatName } from "../../fleet/exposition.ts";
import { AccessFields } from "../../web/settings.ts";
import { ApiFields } from "../shared/api-settings.ts";
import { AGENT_PORT, FLEET_PORT } from "../shared/ports.ts";

/** Port of tailscaled's own web client. */
const WEB_CLIENT_PORT = 5252;

const SOURCES = ["local", "api", "headscale"] as const;

/** A pace: asking without a rest would be an attack. */
const Interval = Seconds.check(z.refine((seconds) => seconds >= 0.1, "is too short: expected at least 100ms"));

const Texts = z.pipe(
  z.array(z.string().check(z.minLength(1))),
  z.transform((texts): readonly string[] => texts),
);

/** A tailnet of the file's list, with a name that becomes its label. */
const TailnetEntry = z.strictObject({
  name: z.string().check(z.minLength(1), z.maxLength(128)),
  ...ApiFields,
  "api.url": z.optional(ApiFields["api.url"]._zod.def.innerType),
  "api.tailnet": z.optional(ApiFields["api.tailnet"]._zod.def.innerType),
});

/** Tailnets, each with a name of its own: the label tells their series apart. */
const Tailnets = z.array(TailnetEntry).check(({ value, issues }) => {
  for (const [index, { name }] of value.entries()) {
    if (value.findIndex((other) => other.name === name) === index) continue;
    // The value is masked, since the list holds keys.
    const message = `is the name of two tailnets: "${name}"`;
    issues.push({ code: "custom", path: [index, "name"], input: name, message });
  }
});

/** How a tailnet is reached. */
export type Access = Partial<Readonly<z.output<typeof TailnetEntry>>>;

/** Settings of `tsmon fleet`: the one source of its flags, TSMON_FLEET_* variables, file keys and help text. */
export const FleetSettings = z.strictObject({
  source: z
    .prefault(
      z.pipe(
        z.array(z.enum(SOURCES)),
        z.transform((names): readonly (typeof SOURCES)[number][] => [...new Set(names)]),
      ),
      [],
    )
    .register(z.globalRegistry, {
      description:
        "Where the tailnet is learned from: local (tailscaled), api (Tailscale's), headscale; without it tailscaled and every API that there are credentials for",
      placeholder: "NAME",
    }),
  refresh: z.prefault(Interval, "60s").register(z.globalRegistry, {
    description: "How often devices are listed anew",
    placeholder: "DURATION",
  }),
  "refresh.slow": z.prefault(Interval, "10m").register(z.globalRegistry, {
    description: "How often users, keys, DNS and other settings are read anew",
    placeholder: "DURATION",
  }),
  "refresh.timeout": z.prefault(Interval, "30s").register(z.globalRegistry, {
    description: "Longest time of a request to an API",
    placeholder: "DURATION",
  }),
  tailnets: z
    .prefault(
      z.pipe(
        Tailnets,
        z.transform((list): readonly Access[] => list),
      ),
      [],
    )
    .register(z.globalRegistry, {
      description: "Several tailnets, in the file: a list of name, api.* and headscale.* of each",
      placeholder: "LIST",
    }),
  demo: z._default(z.int().check(z.minimum(0), z.maximum(100_000)), 0).register(z.globalRegistry, {
    description: "Serve a made-up tailnet of so many devices instead of a real one",
    placeholder: "N",
  }),
  live: z._default(z.enum(["auto", "always", "never"]), "auto").register(z.globalRegistry, {
    description:
      "Ask each device for its own metrics: auto asks those that this node's tailscaled lists as peers, always any with a Tailscale address",
  }),
  "live.tag": z.prefault(Texts, []).register(z.globalRegistry, {
    description: "Ask only devices with a tag that matches, * for any characters",
    placeholder: "GLOB",
  }),
  "live.name": z.prefault(Texts, []).register(z.globalRegistry, {
    description: "Ask only devices with a name that matches, * for any characters",
    placeholder: "GLOB",
  }),
  "live.interval": z.prefault(Interval, "60s").register(z.globalRegistry, {
    description: "How often devices are asked",
    placeholder: "DURATION",
  }),
  "live.timeout": z.prefault(Interval, "5s").register(z.globalRegistry, {
    description: "Time for a device's answer",
    placeholder: "DURATION",
  }),
  "live.concurrency": z
    ._default(z.int().check(z.minimum(1), z.maximum(1000)), 32)
    .register(z.globalRegistry, { description: "Devices asked at once", placeholder: "N" }),
  "agent.port": z._default(Port, AGENT_PORT).register(z.globalRegistry, {
    description: "Port of the agents",
    placeholder: "PORT",
  }),
  "webclient.port": z._default(Port, WEB_CLIENT_PORT).register(z.globalRegistry, {
    description: "Port of tailscaled's web client, asked where no agent answers",
    placeholder: "PORT",
  }),
  compat: z
    .prefault(
      z.pipe(
        z.array(z.enum(COMPAT_NAMES)),
        z.transform((names): readonly CompatName[] => [...new Set(names)]),
      ),
      [],
    )
    .register(z.globalRegistry, {
      description: "Serve another exporter's families too, for its dashboards and rules",
      placeholder: "NAME",
    }),
  "metrics.devices-limit": z._default(z.int().check(z.minimum(0)), 0).register(z.globalRegistry, {
    description:
      "Most devices of a tailnet that have series of their own; 0 means no limit. Totals are always complete",
    placeholder: "N",
  }),
  "metrics.routes-limit": z._default(z.int().check(z.minimum(0)), 100).register(z.globalRegistry, {
    description: "Most routes of a device that have series of their own",
    placeholder: "N",
  }),
  "metrics.exclude": z.prefault(Texts, []).register(z.globalRegistry, {
    description: "Leave out families of which the name matches, * for any characters",
    placeholder: "GLOB",
  }),
  ...ApiFields,
  socket: Socket,
  "web.listen": listenOn(FLEET_PORT),
  ...AccessFields,
  ...LogFields,
  ...ConfigFields,
});
export type FleetSettings = Readonly<z.output<typeof FleetSettings>>;
