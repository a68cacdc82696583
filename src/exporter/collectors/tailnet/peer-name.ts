import type { PeerStatus } from "../../../localapi/peer-status.ts";
import type { Status } from "../../../localapi/schema.ts";
import { withoutDot } from "./source.ts";

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
