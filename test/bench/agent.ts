import { BINARY } from "../e2e/binary.ts";
import { type Server, startServer } from "./server.ts";

/** No tailscaled is there, so that the same is measured on every machine. */
const NO_SOCKET = "/nonexistent/tailscaled.sock";

/** A running agent, without a tailscaled unless a flag names one. */
export function startAgent(...flags: readonly string[]): Promise<Server> {
  const socket = flags.some((flag) => flag.startsWith("--socket=")) ? [] : [`--socket=${NO_SOCKET}`];
  return startServer((port) => [BINARY, "agent", `--web.listen=127.0.0.1:${port}`, ...socket, ...flags]);
}
