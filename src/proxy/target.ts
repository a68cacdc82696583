import { isIpv4, isIpv6 } from "../runtime/ip.ts";

/** An exporter that is served under `/proxy/<name>`. */
export interface Target {
  readonly name: string;
  /** All of what is asked for, without credentials and fragment. */
  readonly url: URL;
}

/** Path of an exporter of which only the port is given. */
const DEFAULT_PATH = "/metrics";

/**
 * Reads `NAME:PORT`, `NAME:PORT/PATH?QUERY` on loopback, or `NAME=URL`; undefined for all else.
 *
 * A name is a path segment and a label value: letters, digits, `_`, `-` and `.`, the first no sign, 63 at most.
 */
export function parseTarget(text: string): Target | undefined {
  const [, name, separator, rest = ""] = /^([a-z0-9][a-z0-9_.-]{0,62})([:=])([\x21-\x7e]+)$/i.exec(text) ?? [];
  if (name === undefined || rest.includes("#")) return undefined;
  if (separator === "=") return urlTarget(name, rest);
  const [, port, path = DEFAULT_PATH] = /^([1-9]\d{0,4})(\/.*)?$/.exec(rest) ?? [];
  if (port === undefined || Number(port) > 65_535) return undefined;
  return urlTarget(name, `http://127.0.0.1:${port}${path}`);
}

function urlTarget(name: string, text: string): Target | undefined {
  if (!/^https?:\/\/[^/]/i.test(text) || !URL.canParse(text)) return undefined;
  const url = new URL(text);
  if (url.username !== "" || url.password !== "" || url.port === "0") return undefined;
  return { name, url };
}

/** Whether a URL leads to this host. A name other than localhost may lead anywhere, at any time. */
export function isOnLoopback(url: URL): boolean {
  const host = url.hostname.replace(/^\[(.*)\]$/, "$1");
  return host === "localhost" || (isIpv4(host) && host.startsWith("127.")) || (isIpv6(host) && host === "::1");
}

/** Where an exporter is served, below the agent's address. */
export function pathOf(name: string): string {
  return `/proxy/${name}`;
}
