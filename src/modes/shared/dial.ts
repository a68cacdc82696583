import type { LocalApi } from "../../localapi/client.ts";
import { type Connection, connect } from "../../runtime/connection.ts";

/** A connection to a host of the tailnet. The caller closes it. Rejects when there is none before the signal aborts. */
export type Dial = (host: string, port: number, signal: AbortSignal) => Promise<Connection>;

/** Dials through tailscaled, as is needed where it has no network interface. */
export function dialThrough(api: LocalApi): Dial {
  return (host, port, signal) => api.dial(host, port, { signal });
}

/** Dials by the system's own routes. */
export async function dialDirectly(host: string, port: number, signal: AbortSignal): Promise<Connection> {
  try {
    return await connect({ host, port }, signal);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new Error(code ?? message);
  }
}
