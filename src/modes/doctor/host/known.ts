import { nearest } from "../../../config/nearest.ts";
import type { PeerStatus } from "../../../localapi/peer-status.ts";
import { type HostContext, nameOf } from "../context.ts";
import { type Check, type Finding, fail, ok } from "../finding.ts";

/** Whether the tailnet knows the host, and says that it is there. */
export const known: Check<HostContext> = {
  subject: "host",
  async run(context) {
    const { status, name, now } = context;
    if (!status) return [];
    const peers = status.Peer ?? [];
    if (matches(status.Self, name)) return [fail(`${name} is this node itself`, "Run tsmon doctor without a host")];
    const peer = peers.find((candidate) => matches(candidate, name));
    if (!peer) return [unknownHost(name, peers)];
    const state = stateOf(peer, now);
    context.peer = peer;
    context.isThere = state.every(({ standing }) => standing === "ok");
    return [ok(`${name} is ${peer.DNSName.replace(/\.$/, "") || peer.HostName}, at ${addressesOf(peer)}`), ...state];
  },
};

/** Whether a peer is called so: by MagicDNS name, whole or its first label, by host name, address or stable id. */
function matches({ DNSName, HostName, ID, TailscaleIPs }: PeerStatus, name: string): boolean {
  const wanted = name.toLowerCase().replace(/\.$/, "");
  const dnsName = DNSName.toLowerCase().replace(/\.$/, "");
  return [dnsName, dnsName.split(".")[0], HostName.toLowerCase(), ID.toLowerCase(), ...(TailscaleIPs ?? [])].includes(
    wanted,
  );
}

function unknownHost(name: string, peers: readonly PeerStatus[]): Finding {
  const similar = nearest(name, peers.map(nameOf));
  const hint = similar === undefined ? "" : ` Did you mean ${similar}?`;
  return fail(
    `The tailnet has no node ${name} that this node may see`,
    `See tailscale status; a node that no rule of the policy lets this one reach is not listed.${hint}`,
  );
}

function stateOf({ Online, Expired, KeyExpiry, LastSeen }: PeerStatus, now: Date): Finding[] {
  const findings: Finding[] = [];
  const seen = /^0001-/.test(LastSeen) || LastSeen === "" ? "" : `; it was last seen at ${LastSeen}`;
  if (Expired || (KeyExpiry !== undefined && Date.parse(KeyExpiry) <= +now))
    findings.push(
      fail("Its key has expired, so no peer talks to it", "Log in again there: tailscale up --force-reauth"),
    );
  if (!Online)
    findings.push(
      fail(
        `It is offline, as the control server sees it${seen}`,
        "Turn it on, or there: systemctl start tailscaled, tailscale up",
      ),
    );
  return findings.length > 0 ? findings : [ok("It is online and its key is valid")];
}

function addressesOf({ TailscaleIPs }: PeerStatus): string {
  return (TailscaleIPs ?? []).join(" and ") || "no address";
}
