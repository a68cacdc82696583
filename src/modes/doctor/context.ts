import type { LocalApi } from "../../localapi/client.ts";
import type { PeerStatus } from "../../localapi/peer-status.ts";
import type { Status } from "../../localapi/schema.ts";
import type { DoctorSettings } from "./settings.ts";

/** What the checks of this node look with. */
export interface NodeContext {
  readonly api: LocalApi;
  readonly settings: DoctorSettings;
  /** Path of tailscaled's socket, as it was found. */
  readonly socket: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly now: Date;
  /** With all peers. Set by the first check; undefined while tailscaled does not answer. */
  status?: Status;
}

/** What the checks of another host look with. */
export interface HostContext extends NodeContext {
  /** As the user named it. */
  readonly name: string;
  /** Set by the check that finds it. */
  peer?: PeerStatus;
  /** Whether the tailnet has it, online and with a valid key, so that it is worth the waiting. */
  isThere?: boolean;
  /** Whether a ping of WireGuard's own came through, so that only the policy or the host can refuse a connection. */
  tunnelWorks?: boolean;
  /** Whether the agent's port answered. */
  isOpen?: boolean;
}

/** Name for people: the MagicDNS name's first label, else what the node calls itself. */
export function nameOf({ DNSName, HostName, ID }: PeerStatus): string {
  return DNSName.split(".")[0] || HostName || ID;
}
