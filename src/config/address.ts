import { isIpv4, isIpv6 } from "../runtime/ip.ts";

/** Where to listen. */
export interface ListenAddress {
  /** An IP address without brackets or a host name; `auto` stands for the node's Tailscale and loopback addresses. */
  readonly host: string;
  /** 0 is any free port; undefined is the mode's own port. */
  readonly port: number | undefined;
}

/** Reads `auto`, `ADDR:PORT`, `[ADDR]:PORT` for IPv6, or `:PORT`, which is that port on `auto`; undefined for all else. */
export function parseListenAddress(text: string): ListenAddress | undefined {
  if (text === "auto") return { host: "auto", port: undefined };
  const [, bracketed, plain = "", digits = ""] = /^(?:\[([^\]]+)\]|([^:[\]]*)):(\d{1,5})$/.exec(text) ?? [];
  const port = Number(digits);
  if (digits === "" || port > 65535) return undefined;
  if (bracketed !== undefined) return isIpv6(bracketed) ? { host: bracketed, port } : undefined;
  if (plain === "") return { host: "auto", port };
  return isIpv4(plain) || isHostName(plain) ? { host: plain, port } : undefined;
}

/** Host names of RFC 1123. A last label of digits would be an IPv4 address with a mistake in it. */
function isHostName(text: string): boolean {
  const labels = text.split(".");
  return (
    labels.every((label) => /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/i.test(label)) && !/^\d+$/.test(labels.at(-1)!)
  );
}
