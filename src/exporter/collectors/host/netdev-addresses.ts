import { networkInterfaces } from "node:os";
import { gauge, type Sample } from "../../metric.ts";
import type { NameFilter } from "./filter.ts";

/** Family that {@linkcode addressSamples} yields. */
export const ADDRESS_INFO = gauge("node_network_address_info", "node network address by device", [
  "device",
  "address",
  "netmask",
  "scope",
]);

/** Addresses of the devices that are up. */
export function addressSamples(isReported: NameFilter): Sample[] {
  const samples = new Map<string, Sample>();
  for (const [name, addresses] of Object.entries(networkInterfaces())) {
    // IPv4 addresses bear their label, such as eth0:1, in place of the device's name.
    const device = name.split(":", 1)[0]!;
    if (!isReported(device)) continue;
    for (const { address, cidr } of addresses ?? []) {
      const netmask = cidr?.split("/")[1] ?? "";
      const sample = ADDRESS_INFO.sample(1, { device, address, netmask, scope: addressScope(address) });
      samples.set(sample.labels, sample);
    }
  }
  return [...samples.values()];
}

/** Scope of an IP address, as node_exporter names it: loopback counts as link-local. */
export function addressScope(address: string): "link-local" | "interface-local" | "global" | "" {
  const ip = address.toLowerCase();
  if (/^(127\.|169\.254\.|224\.0\.0\.\d+$)/.test(ip) || ip === "::1" || /^(fe[89ab].:|ff.2:)/.test(ip)) {
    return "link-local";
  }
  if (/^ff.1:/.test(ip)) return "interface-local";
  const isMulticast = /^(22[4-9]|23\d)\./.test(ip) || ip.startsWith("ff");
  return isMulticast || ip === "0.0.0.0" || ip === "::" || ip === "255.255.255.255" ? "" : "global";
}
