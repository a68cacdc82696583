import type { Address } from "./listeners.ts";

/** What `auto` needs to know of tailscaled. */
export interface TailscaleAddresses {
  /** Whether tailscaled has a network interface; without one it forwards the tailnet's connections to loopback. */
  readonly TUN?: boolean | undefined;
  readonly TailscaleIPs?: readonly string[] | null | undefined;
}

/**
 * Where `auto` listens: loopback, and each Tailscale address that is the host's own. Without tailscaled, or with one in
 * userspace mode, loopback only.
 */
export function autoAddresses(port: number, tailscale: TailscaleAddresses | undefined): Address[] {
  const own = tailscale?.TUN ? (tailscale.TailscaleIPs ?? []) : [];
  return [
    { host: "127.0.0.1", port },
    // Many hosts have no IPv6 at all.
    { host: "::1", port, optional: true },
    // The interface gets its addresses a moment after tailscaled tells them.
    ...own.map((host) => ({ host, port, optional: true })),
  ];
}
