import * as z from "zod/mini";
import { ConfigFields, FilePath, ListenAddresses, LogFields, listenOn, Seconds, Socket } from "../../config/fields.ts";
import { checkFilters } from "../../exporter/collectors/host/filter.ts";
import { EXCLUSIVE_FILTERS, HOST_COLLECTORS } from "../../exporter/collectors/host/table.ts";
import { TAILNET_COLLECTORS } from "../../exporter/collectors/tailnet/table.ts";
import { checkProxy, ProxyFields } from "../../proxy/settings.ts";
import { AccessFields } from "../../web/settings.ts";
import { AGENT_PORT } from "../shared/ports.ts";
import { nodeExporterFlag } from "./node-exporter-flags.ts";

/** Every collector of the agent, in the order of --help and of the scrape: those that wait for tailscaled start first. */
export const COLLECTORS = [...TAILNET_COLLECTORS, ...HOST_COLLECTORS];

type Switches = Record<`collector.${(typeof COLLECTORS)[number]["name"]}`, z.ZodMiniDefault<z.ZodMiniBoolean>>;

const ON = z._default(z.boolean(), true);
const OFF = z._default(z.boolean(), false);

const collectorSwitches = Object.fromEntries(
  COLLECTORS.map(({ name, byDefault }) => [`collector.${name}`, byDefault ? ON : OFF]),
) as Switches;

/** Switches share two schemas, because a schema each takes two milliseconds of the start. */
function describeSwitch(key: string): string | undefined {
  return key in collectorSwitches ? `Run the ${key.slice("collector.".length)} collector` : undefined;
}

/** Each collector takes its own from the parsed settings, under the type that its file gives them. */
const collectorSettings: Record<never, never> = Object.assign({}, ...COLLECTORS.map(({ settings }) => settings));

/** Paths of what the agent serves besides metrics; at `/` metrics take the place of the landing page. */
const TAKEN = /^\/(?:healthz|readyz|proxy|\.well-known)(?:\/|$)/;

/** Settings of `tsmon agent`: the one source of its flags, TSMON_AGENT_* variables, file keys and help text. */
export const AgentSettings = z
  .strictObject({
    socket: Socket,
    "web.listen": listenOn(AGENT_PORT),
    "web.listen-address": z.optional(ListenAddresses).register(z.globalRegistry, {
      description: "node_exporter's name for --web.listen, which it replaces",
      placeholder: "ADDR:PORT",
    }),
    ...AccessFields,
    "web.telemetry-path": z
      ._default(
        z.string().check(
          z.regex(/^\/[\w.~/-]*$/, "is not a path: expected one such as /metrics"),
          z.refine((path) => !TAKEN.test(path), "is the path of another page"),
        ),
        "/metrics",
      )
      .register(z.globalRegistry, { description: "Path of the metrics", placeholder: "PATH" }),
    "web.disable-exporter-metrics": z._default(z.boolean(), false).register(z.globalRegistry, {
      description: "Leave out the metrics of tsmon itself (process_*, tsmon_localapi_*, tsmon_http_*)",
    }),
    "web.max-requests": z._default(z.int().check(z.minimum(0)), 40).register(z.globalRegistry, {
      description: "Scrapes at work at once, one more is refused; 0 means no limit",
      placeholder: "N",
    }),
    "scrape.timeout": z
      .prefault(Seconds.check(z.refine((seconds) => seconds > 0, "is too short: expected more than 0")), "10s")
      .register(z.globalRegistry, {
        description:
          "Longest time of a scrape; Prometheus's own timeout less half a second goes first where it is shorter",
        placeholder: "DURATION",
      }),
    ...ProxyFields,
    "path.procfs": z._default(FilePath, "/proc").register(z.globalRegistry, {
      description: "Mount point of procfs",
      placeholder: "DIR",
    }),
    "path.sysfs": z._default(FilePath, "/sys").register(z.globalRegistry, {
      description: "Mount point of sysfs",
      placeholder: "DIR",
    }),
    "path.rootfs": z._default(FilePath, "/").register(z.globalRegistry, {
      description: "Mount point of the root file system",
      placeholder: "DIR",
    }),
    "path.udev.data": z._default(FilePath, "/run/udev/data").register(z.globalRegistry, {
      description: "Folder of udev's data",
      placeholder: "DIR",
    }),
    ...LogFields,
    compat: z._default(z.array(z.enum(["mesh"])), []).register(z.globalRegistry, {
      description: "Other exporter whose families are there too, by the collector tailscale_NAME: mesh",
      placeholder: "NAME",
    }),
    "collector.disable-defaults": z._default(z.boolean(), false).register(z.globalRegistry, {
      description: "Run only the collectors that are turned on by a flag, variable or file",
    }),
    ...collectorSwitches,
    ...collectorSettings,
    ...ConfigFields,
  })
  .check(
    z.superRefine(checkProxy),
    z.superRefine((settings, context) => checkFilters(EXCLUSIVE_FILTERS, settings, context)),
  )
  .register(z.globalRegistry, { foreignFlags: nodeExporterFlag, describe: describeSwitch });
export type AgentSettings = Readonly<z.output<typeof AgentSettings>>;

/** Names of the collectors to run. One that the user names is as the user says, by --compat too, the others as their default. */
export function enabledCollectors(settings: AgentSettings, given: ReadonlyMap<string, unknown>): Set<string> {
  const enabled = COLLECTORS.filter(({ name, byDefault }) => {
    const key = `collector.${name}`;
    if (given.has(key)) return settings[key as keyof AgentSettings] === true;
    if (settings.compat.some((exporter) => name === `tailscale_${exporter}`)) return true;
    return byDefault && !settings["collector.disable-defaults"];
  });
  return new Set(enabled.map(({ name }) => name));
}
