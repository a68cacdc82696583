import { type Connection, connect } from "../runtime/connection.ts";
import type { Deadline } from "./deadline.ts";
import { LocalApiError } from "./errors.ts";

/** Headers that ask for a TCP connection. Source: ipn/localapi, serveDial. */
export function dialHeaders(host: string, port: number): Record<string, string> {
  if (!/^[\w.:-]+$/.test(host)) throw new RangeError(`Cannot dial "${host}": not a host name or an IP address`);
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    throw new RangeError(`Cannot dial port ${port}: not 1 to 65535`);
  return {
    Connection: "upgrade",
    Upgrade: "ts-dial",
    "Dial-Host": host,
    "Dial-Port": `${port}`,
    "Dial-Network": "tcp",
  };
}

/**
 * A connection made by this process, to `address` as in `Dial-Addr`. tailscaled answers so since 1.98 when the host is not
 * in the tailnet, lest a root process dials for a user who is not.
 */
export async function dialSelf(address: string, deadline: Deadline): Promise<Connection> {
  const [, bracketed, plain, port] = /^(?:\[([\da-f:.]+)\]|([\d.]+)):(\d+)$/i.exec(address) ?? [];
  const host = bracketed ?? plain;
  if (host === undefined) throw new LocalApiError("decode", "dial", "Dial-Addr is not an address and a port");
  const connecting = connect({ host, port: Number(port) });
  try {
    return await Promise.race([connecting, deadline.passed]);
  } catch (error) {
    connecting.then(
      (connection) => connection.close(),
      () => {},
    );
    if (error instanceof LocalApiError) throw error;
    const { code, message } = error as NodeJS.ErrnoException;
    throw new LocalApiError("dial", "dial", `${address}: ${code ?? message}`);
  }
}
