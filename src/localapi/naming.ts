import type { PeerStatus } from "./peer-status.ts";
import type { Status } from "./schema.ts";

/**
 * What people call a node: the first label of its MagicDNS name, or the full name when it is shared in from another
 * tailnet. Without MagicDNS its host name, and without that its stable id. Not unique; `ID` is.
 */
export function nameOf(node: PeerStatus, status: Status): string {
  const full = withoutDot(node.DNSName);
  if (full === "") return node.HostName || node.ID;
  return isSharedIn(node, status) ? full : full.slice(0, Math.max(full.indexOf("."), 0) || undefined);
}

/** Whether a node belongs to another tailnet, by the domain of its name. */
export function isSharedIn({ DNSName }: PeerStatus, { CurrentTailnet }: Status): boolean {
  const suffix = withoutDot(CurrentTailnet?.MagicDNSSuffix ?? "");
  return suffix !== "" && DNSName !== "" && !withoutDot(DNSName).endsWith(`.${suffix}`);
}

/** Whether a peer is one of Mullvad's exit nodes, which a tailnet has by the hundred and its people never see as devices. */
export function isMullvad({ DNSName }: PeerStatus): boolean {
  return withoutDot(DNSName).endsWith(".mullvad.ts.net");
}

/** First IPv4 and first IPv6 of a node's addresses; the empty string where it has none. */
export function addressesOf({ TailscaleIPs }: PeerStatus): { ipv4: string; ipv6: string } {
  const addresses = TailscaleIPs ?? [];
  return {
    ipv4: addresses.find((address) => !address.includes(":")) ?? "",
    ipv6: addresses.find((address) => address.includes(":")) ?? "",
  };
}

/** A MagicDNS name without its final dot. */
export function withoutDot(name: string): string {
  return name.endsWith(".") ? name.slice(0, -1) : name;
}

/** Login name of a node's owner; empty for a tagged node, which belongs to its tags and to no one. */
export function ownerOf({ Tags, UserID }: PeerStatus, { User }: Status): string {
  return Tags?.length ? "" : (User?.[UserID]?.LoginName ?? "");
}
