/** A node of the tailnet that calls, as tailscaled knows it. */
export interface CallingNode {
  readonly kind: "node";
  /** Stable id. */
  readonly id: string;
  /** Full MagicDNS name without its final dot. */
  readonly name: string;
  /** Login name of its owner; undefined for a node with tags, which no user owns. */
  readonly user: string | undefined;
  readonly tags: readonly string[];
  /** Parameters by app capability, as the policy grants them to it on this node. */
  readonly capabilities: Readonly<Record<string, readonly unknown[] | null>>;
}

/** Who sent a request. */
export type Caller =
  | CallingNode
  /** A program on this host. */
  | { readonly kind: "local" }
  /** A program on this host, or a node whose connection a userspace tailscaled forwards. Which of them is not known. */
  | { readonly kind: "loopback" }
  /** A program on this host that says it speaks for somebody else. */
  | { readonly kind: "forwarded" }
  /** A browser on this host that was led here under another host's name. */
  | { readonly kind: "misled"; readonly host: string }
  /** An address that is no node's. */
  | { readonly kind: "stranger"; readonly address: string }
  /** tailscaled could not be asked. */
  | { readonly kind: "unidentified"; readonly address: string; readonly reason: string };

/** What callers are told of who they are taken for. */
export function describeCaller(caller: Caller): string {
  switch (caller.kind) {
    case "node":
      return `node ${caller.name} (${caller.tags.length > 0 ? caller.tags.join(", ") : caller.user})`;
    case "local":
      return "a program on this host";
    case "loopback":
      return "a connection over loopback";
    case "forwarded":
      return "a request that was forwarded over loopback";
    case "misled":
      return `a request over loopback for the host ${JSON.stringify(caller.host)}`;
    default:
      return caller.address;
  }
}
