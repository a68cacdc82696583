import { connect } from "node:net";
import type { Duplex } from "node:stream";
import type { LocalApi } from "../../localapi/client.ts";

/** A connection to a host of the tailnet. The caller destroys it. Rejects when there is none before the signal aborts. */
export type Dial = (host: string, port: number, signal: AbortSignal) => Promise<Duplex>;

/** Dials through tailscaled, as is needed where it has no network interface. */
export function dialThrough(api: LocalApi): Dial {
  return (host, port, signal) => api.dial(host, port, { signal });
}

/** Dials by the system's own routes. */
export async function dialDirectly(host: string, port: number, signal: AbortSignal): Promise<Duplex> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const socket = connect({ host, port });
  const onAbort = () => reject(new Error("no connection in time"));
  signal.addEventListener("abort", onAbort, { once: true });
  socket.once("connect", resolve);
  socket.once("error", ({ code, message }: NodeJS.ErrnoException) => reject(new Error(code ?? message)));
  try {
    if (signal.aborted) onAbort();
    await promise;
    return socket;
  } catch (error) {
    socket.on("error", () => {}); // what it still has to say is too late
    socket.destroy();
    throw error;
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}
