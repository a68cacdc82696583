import { type Connection, connect, opened } from "../runtime/connection.ts";
import { isIp } from "../runtime/ip.ts";
import type { Credentials } from "./options.ts";
import { isOnLoopback } from "./target.ts";

/** A connection to an exporter, with TLS where its URL says so. Rejects with the system's error, or when the signal aborts. */
export async function open(url: URL, tls: Credentials["tls"], signal: AbortSignal): Promise<Connection> {
  const host = url.hostname.replace(/^\[(.*)\]$/, "$1");
  if (url.protocol !== "https:") {
    return connect({ host, port: Number(url.port || 80) }, isOnLoopback(url) ? undefined : signal);
  }
  const { connect: connectTls } = await import("node:tls");
  const servername = isIp(host) ? {} : { servername: host };
  const socket = connectTls({ host, port: Number(url.port || 443), ...servername, ...tls });
  return opened(socket, { event: "secureConnect", signal });
}
