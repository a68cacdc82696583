import type { Device } from "./device.ts";

/** Labels of a target, values by name. */
export type Labels = Readonly<Record<string, string>>;

/** What a node of tailmon's calls itself: its exporter, and the host that it is on. */
const TAILMON_HOSTNAME = /^tailmon\/([^/]+)\/(.+)$/;

/**
 * What is known of a device, under tailscalesd's names and some of our own. An unknown value has no label.
 *
 * Values are shortened to 1024 characters, since a node may call itself anything.
 */
export function deviceLabels(device: Device): Labels {
  const [, exporter, host = device.name] = TAILMON_HOSTNAME.exec(device.hostname) ?? [];
  const pairs: [string, string | undefined][] = [
    ["__meta_tailscale_api", device.api],
    ["__meta_tailscale_device_authorized", textOf(device.authorized)],
    ["__meta_tailscale_device_client_version", device.clientVersion],
    ["__meta_tailscale_device_hostname", device.hostname],
    ["__meta_tailscale_device_id", device.id],
    ["__meta_tailscale_device_ipv4", device.ipv4],
    ["__meta_tailscale_device_ipv6", device.ipv6],
    ["__meta_tailscale_device_name", device.dnsName],
    ["__meta_tailscale_device_online", textOf(device.online)],
    ["__meta_tailscale_device_os", device.os],
    ["__meta_tailscale_device_user", device.user],
    ["__meta_tailscale_dns_name", device.dnsName?.includes(".") ? device.dnsName : undefined],
    ["__meta_tailscale_tailnet", device.tailnet],
    ...device.tags.map((tag): [string, string] => [tagLabel(tag), "1"]),
    ["__meta_tailmon_exporter_name", exporter],
    ["__meta_tailmon_node_name", host],
    ["__meta_tsmon_node", device.name],
    ["__meta_tsmon_tags", device.tags.join(",")],
  ];
  return labelsOf(pairs);
}

/** Longest label value, in UTF-16 units. */
const MAX_VALUE_LENGTH = 1024;

/** Labels of pairs, without those that have no value. Of half a character a value has a replacement, as no reader takes it. */
export function labelsOf(pairs: readonly (readonly [string, string | undefined])[]): Labels {
  const labels: Record<string, string> = {};
  for (const [name, value] of pairs) {
    if (value) labels[name] = value.slice(0, MAX_VALUE_LENGTH).toWellFormed();
  }
  return labels;
}

/**
 * Label of a tag, by tailscalesd's rule (tagToLabelKey): without `tag:`, in small letters, `:` and `-` as `_`, and EMPTY for
 * none. Unlike there other characters become `_` too, for with one of them Prometheus 2 refuses the whole list.
 */
export function tagLabel(tag: string): string {
  const name = tag
    .replace(/^tag:/, "")
    .toLowerCase()
    .replace(/[^a-z0-9_]/gu, "_");
  return `__meta_tailscale_device_tag_${name || "EMPTY"}`;
}

function textOf(value: boolean | undefined): string | undefined {
  return value === undefined ? undefined : String(value);
}
