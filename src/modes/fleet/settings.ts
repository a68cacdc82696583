import { z } from "zod";
import { ConfigFields, LogFields, listenOn, Port, Seconds, Socket } from "../../config/fields.ts";
import { COMPAT_NAMES, type CompatName } from "../../fleet/exposition.ts";
import { AccessFields } from "../../web/settings.ts";
import { ApiFields } from "../shared/api-settings.ts";
import { AGENT_PORT, FLEET_PORT } from "../shared/ports.ts";

/** Port of tailscaled's own web client. */
const WEB_CLIENT_PORT = 5252;

const SOURCES = ["local", "api", "headscale"] as const;

/** A pace: asking without a rest would be an attack. */
const Interval = Seconds.refine((seconds) => seconds >= 0.1, "is too short: expected at least 100ms");

const Texts = z.array(z.string().min(1)).transform((texts): readonly string[] => texts);

/** A tailnet of the file's list, with a name that becomes its label. */
const TailnetEntry = z.strictObject({
  name: z.string().min(1).max(128),
  ...ApiFields,
  "api.url": ApiFields["api.url"].unwrap().optional(),
  "api.tailnet": ApiFields["api.tailnet"].unwrap().optional(),
});

/** How a tailnet is reached. */
export type Access = Partial<Readonly<z.output<typeof TailnetEntry>>>;

/** Settings of `tsmon fleet`: the one source of its flags, TSMON_FLEET_* variables, file keys and help text. */
export const FleetSettings = z.strictObject({
  source: z
    .array(z.enum(SOURCES))
    .transform((names): readonly (typeof SOURCES)[number][] => [...new Set(names)])
    .prefault([])
    .register(z.globalRegistry, {
      description:
        "Where the tailnet is learned from: local (tailscaled), api (Tailscale's), headscale; without it tailscaled and every API that there are credentials for",
      placeholder: "NAME",
    }),
  refresh: Interval.prefault("60s").register(z.globalRegistry, {
    description: "How often devices are listed anew",
    placeholder: "DURATION",
  }),
  "refresh.slow": Interval.prefault("10m").register(z.globalRegistry, {
    description: "How often users, keys, DNS and other settings are read anew",
    placeholder: "DURATION",
  }),
  "refresh.timeout": Interval.prefault("30s").register(z.globalRegistry, {
    description: "Longest time of a request to an API",
    placeholder: "DURATION",
  }),
  tailnets: z
    .array(TailnetEntry)
    .transform((list): readonly Access[] => list)
    .prefault([])
    .register(z.globalRegistry, {
      description: "Several tailnets, in the file: a list of name, api.* and headscale.* of each",
      placeholder: "LIST",
    }),
  demo: z.int().min(0).max(100_000).default(0).register(z.globalRegistry, {
    description: "Serve a made-up tailnet of so many devices instead of a real one",
    placeholder: "N",
  }),
  live: z.enum(["auto", "always", "never"]).default("auto").register(z.globalRegistry, {
    description:
      "Ask each device for its own metrics: auto asks those that this node's tailscaled lists as peers, always any with a Tailscale address",
  }),
  "live.tag": Texts.prefault([]).register(z.globalRegistry, {
    description: "Ask only devices with a tag that matches, * for any characters",
    placeholder: "GLOB",
  }),
  "live.name": Texts.prefault([]).register(z.globalRegistry, {
    description: "Ask only devices with a name that matches, * for any characters",
    placeholder: "GLOB",
  }),
  "live.interval": Interval.prefault("60s").register(z.globalRegistry, {
    description: "How often devices are asked",
    placeholder: "DURATION",
  }),
  "live.timeout": Interval.prefault("5s").register(z.globalRegistry, {
    description: "Time for a device's answer",
    placeholder: "DURATION",
  }),
  "live.concurrency": z
    .int()
    .min(1)
    .max(1000)
    .default(32)
    .register(z.globalRegistry, { description: "Devices asked at once", placeholder: "N" }),
  "agent.port": Port.default(AGENT_PORT).register(z.globalRegistry, {
    description: "Port of the agents",
    placeholder: "PORT",
  }),
  "webclient.port": Port.default(WEB_CLIENT_PORT).register(z.globalRegistry, {
    description: "Port of tailscaled's web client, asked where no agent answers",
    placeholder: "PORT",
  }),
  compat: z
    .array(z.enum(COMPAT_NAMES))
    .transform((names): readonly CompatName[] => [...new Set(names)])
    .prefault([])
    .register(z.globalRegistry, {
      description: "Serve another exporter's families too, for its dashboards and rules",
      placeholder: "NAME",
    }),
  "metrics.devices-limit": z.int().min(0).default(0).register(z.globalRegistry, {
    description:
      "Most devices of a tailnet that have series of their own; 0 means no limit. Totals are always complete",
    placeholder: "N",
  }),
  "metrics.routes-limit": z.int().min(0).default(100).register(z.globalRegistry, {
    description: "Most routes of a device that have series of their own",
    placeholder: "N",
  }),
  "metrics.exclude": Texts.prefault([]).register(z.globalRegistry, {
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
