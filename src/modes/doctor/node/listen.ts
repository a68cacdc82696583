import { readFileSync } from "node:fs";
import type { NodeContext } from "../context.ts";
import { type Check, type Finding, fail, ok, warn } from "../finding.ts";
import { listenersOn } from "./sockets.ts";

const LOOPBACK = /^127\.|^::1$/;
const EVERYWHERE: ReadonlySet<string> = new Set(["0.0.0.0", "::"]);

/** Where the agent listens, and who can reach that. */
export const listen: Check<NodeContext> = {
  subject: "listen",
  async run({ status, settings }) {
    const port = settings["agent.port"];
    const addresses = [...listenersOn(tableOf("tcp"), port), ...listenersOn(tableOf("tcp6"), port)];
    return listenFindings(addresses, port, status);
  },
};

/** What the agent's addresses mean beside those of tailscaled. */
export function listenFindings(addresses: readonly string[], port: number, status: NodeContext["status"]): Finding[] {
  if (addresses.length === 0)
    return [
      fail(
        `Nothing listens on port ${port} of this host`,
        "Start the agent: tsmon install agent, or systemctl start tsmon-agent. If it has another port, name it with --agent.port",
      ),
    ];
  const everywhere = addresses.filter((address) => EVERYWHERE.has(address));
  if (everywhere.length > 0) {
    const text = `Port ${port} is open on every address of this host (${everywhere.join(", ")}), also to networks other than the tailnet`;
    return [warn(text, "Leave --web.listen out, or set it to auto, to listen on the Tailscale addresses alone")];
  }
  const where = ok(`Something listens on port ${port} of ${addresses.join(", ")}`);
  if (!status) return [where];
  if (status.TUN === false) return [where, ...userspaceFindings(addresses, port)];
  const missing = (status.TailscaleIPs ?? []).filter((address) => !addresses.includes(address));
  const isOnNone = missing.length > 0 && missing.length === status.TailscaleIPs?.length;
  if (isOnNone)
    return [
      where,
      fail(
        `Nothing listens on port ${port} of this node's Tailscale addresses, so no peer can scrape it`,
        "Leave --web.listen out, or set it to auto; if that is so already, see journalctl -u tsmon-agent",
      ),
    ];
  if (missing.length > 0)
    return [
      where,
      warn(
        `Nothing listens on port ${port} of ${missing.join(", ")}`,
        "Peers that use it do not reach the agent: leave --web.listen out, or set it to auto",
      ),
    ];
  return [where, ok("The tailnet reaches it, as far as the tailnet's policy allows")];
}

function userspaceFindings(addresses: readonly string[], port: number): Finding[] {
  if (addresses.some((address) => LOOPBACK.test(address)))
    return [
      ok(
        "tailscaled runs in userspace mode, and forwards the tailnet's connections to loopback, where something listens",
      ),
    ];
  return [
    fail(
      `tailscaled runs in userspace mode, and nothing listens on port ${port} of 127.0.0.1, to which it forwards`,
      "Leave --web.listen out, or set it to auto",
    ),
  ];
}

function tableOf(name: "tcp" | "tcp6"): string {
  try {
    return readFileSync(`/proc/net/${name}`, "latin1");
  } catch {
    return ""; // a kernel without IPv6 has no tcp6
  }
}
