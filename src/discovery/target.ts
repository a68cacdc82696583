import { isIpv4, isIpv6 } from "../runtime/ip.ts";
import type { Advertisement, Exporter } from "./advertisement.ts";
import { type Device, isPhone } from "./device.ts";
import { globMatches } from "./glob.ts";
import { deviceLabels, type Labels, labelsOf } from "./labels.ts";

/** Something that Prometheus is to scrape. */
export interface Target {
  readonly device: Device;
  /** Name of the exporter; absent for a plain port. */
  readonly exporter?: string | undefined;
  /** Names the target among those of its device; of characters that are safe in a URL. */
  readonly key: string;
  /** Where it answers in the tailnet. */
  readonly host: string;
  readonly port: number;
  readonly path: string;
  /** `host:port` that Prometheus is told. */
  readonly address: string;
  /** What that would be without this process in between. */
  readonly ownAddress: string;
  readonly labels: Labels;
}

/** A port that is a target on every device that it is meant for. */
export interface PlainTarget {
  readonly port: number;
  readonly path: string;
  /** Tag that a device must have, a glob; absent for all but phones. */
  readonly tag?: string | undefined;
}

/** By which of its addresses a device is named. */
export type AddressKind = "ipv4" | "ipv6" | "dns";

/** What is made of devices and of what their agents say. */
export interface TargetOptions {
  readonly address: AddressKind;
  readonly agentPort: number;
  /** Devices with such a tag have an agent, asked or not. Globs. */
  readonly agentTags: readonly string[];
  readonly plain: readonly PlainTarget[];
  /** `host:port` of this process, when Prometheus has to go through it; absent when it reaches the tailnet itself. */
  readonly via?: string | undefined;
}

/** The exporter that every agent has: itself. */
const AGENT: Exporter = { name: "tsmon", path: "/metrics", labels: {} };

/** Every target, in the order of the devices and of what their agents say. */
export function targetsOf(
  devices: readonly Device[],
  agents: ReadonlyMap<string, Advertisement>,
  options: TargetOptions,
): Target[] {
  const targets: Target[] = [];
  for (const device of devices) {
    const host = hostOf(device, options.address);
    if (host === undefined) continue;
    const labels = deviceLabels(device);
    const told = agents.get(device.id);
    const exporters = told?.exporters ?? (hasTag(device, options.agentTags) ? [AGENT] : []);
    for (const exporter of exporters) {
      targets.push(exporterTarget(device, host, exporter, told?.version, labels, options));
    }
    for (const plain of options.plain) {
      if (plain.tag === undefined ? isPhone(device) : !hasTag(device, [plain.tag])) continue;
      targets.push(plainTarget(device, host, plain, labels, options));
    }
  }
  return targets;
}

/** The address of a device, of the wanted kind or else the next best; undefined when it has none that is valid. */
export function hostOf({ ipv4, ipv6, dnsName }: Device, kind: AddressKind): string | undefined {
  const v4 = ipv4 !== undefined && isIpv4(ipv4) ? ipv4 : undefined;
  const v6 = ipv6 !== undefined && isIpv6(ipv6) && !ipv6.includes("%") ? ipv6 : undefined;
  const name = dnsName !== undefined && /^[\w-]+(?:\.[\w-]+)+$/.test(dnsName) ? dnsName : undefined;
  if (kind === "dns") return name ?? v4 ?? v6;
  return kind === "ipv6" ? (v6 ?? v4) : (v4 ?? v6);
}

/** Whether a device has a tag that one of the globs matches, which may leave out the `tag:`. */
export function hasTag({ tags }: Device, globs: readonly string[]): boolean {
  return globs.some((glob) => tags.some((tag) => globMatches(glob, tag) || globMatches(`tag:${glob}`, tag)));
}

/** `host:port`, with an IPv6 address in brackets. */
export function hostPort(host: string, port: number): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

function exporterTarget(
  device: Device,
  host: string,
  { name, path, labels }: Exporter,
  version: string | undefined,
  common: Labels,
  { agentPort, via }: TargetOptions,
): Target {
  const own = labelsOf([
    // All exporters of an agent share its address: with one job for them all, their series would collide.
    ["job", name === AGENT.name ? undefined : name],
    ["__meta_tailmon_exporter_name", name],
    ["__meta_tailmon_node_name", device.name],
    ["__meta_tsmon_exporter", name],
    ["__meta_tsmon_version", version],
    ...Object.entries(labels).map(([label, value]): [string, string] => [`__meta_tsmon_label_${label}`, value]),
  ]);
  return placed({ device, exporter: name, key: name, host, port: agentPort, path }, { ...common, ...own }, via);
}

function plainTarget(
  device: Device,
  host: string,
  { port, path }: PlainTarget,
  common: Labels,
  options: TargetOptions,
) {
  return placed({ device, key: `${port}${path}`, host, port, path }, common, options.via);
}

type Place = Omit<Target, "address" | "ownAddress" | "labels">;

/** A target as Prometheus reaches it: at its own address, or through this process. */
function placed(place: Place, labels: Labels, via: string | undefined): Target {
  const { device, key, host, port, path } = place;
  const ownAddress = hostPort(host, port);
  if (via === undefined) {
    const all = path === "/metrics" ? labels : { ...labels, __metrics_path__: path };
    return { ...place, address: ownAddress, ownAddress, labels: all };
  }
  // Behind one address all of them would have the same instance, and their series would collide.
  const metricsPath = `/via/${encodeURIComponent(device.id)}/${key}`;
  return {
    ...place,
    address: via,
    ownAddress,
    labels: { ...labels, __metrics_path__: metricsPath, instance: ownAddress },
  };
}
