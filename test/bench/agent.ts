import { BINARY } from "../e2e/binary.ts";
import { type Server, startServer } from "./server.ts";

/** No tailscaled is there, so that the same is measured on every machine. */
const NO_SOCKET = "/nonexistent/tailscaled.sock";

/** A running agent without a tailscaled. */
export function startAgent(...flags: readonly string[]): Promise<Server> {
  return startServer((port) => [BINARY, "agent", `--web.listen=127.0.0.1:${port}`, `--socket=${NO_SOCKET}`, ...flags]);
}
