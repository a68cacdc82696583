import type { NodeContext } from "../context.ts";
import { type Check, type Finding, fail, ok, warn } from "../finding.ts";

const DAY_MS = 86_400_000;
/** Time before its end at which a key is worth a warning. */
const SOON_DAYS = 14;

const ADVICE: Readonly<Record<string, string>> = {
  NoState: "It has only just started, or cannot reach its control server: see tailscale status",
  InUseOtherUser: "Another user of this machine is logged in: see tailscale status",
  NeedsLogin: "Log in: tailscale up",
  NeedsMachineAuth: "An admin of the tailnet must approve this machine, in the admin console",
  Stopped: "Connect: tailscale up",
  Starting: "Wait a moment; if it stays so, it cannot reach its control server: see tailscale netcheck",
};

/** Whether this node is logged in, and for how long. */
export const login: Check<NodeContext> = {
  subject: "login",
  async run({ status, now }) {
    if (!status) return [];
    const { BackendState: state, Self, CurrentTailnet } = status;
    const findings: Finding[] = [];
    const isExpired = Self.Expired === true || (Self.KeyExpiry !== undefined && Date.parse(Self.KeyExpiry) <= +now);
    if (isExpired)
      findings.push(
        fail("This node's key has expired, so no peer talks to it", "Log in again: tailscale up --force-reauth"),
      );
    if (state !== "Running") {
      const text = `tailscaled is in state ${state}, so this node is not on the tailnet`;
      if (!isExpired) findings.push(fail(text, ADVICE[state] ?? "See tailscale status"));
      return findings;
    }
    findings.push(ok(`This node is ${Self.DNSName.replace(/\.$/, "")} of the tailnet ${CurrentTailnet?.Name ?? "?"}`));
    if (!Self.Online)
      findings.push(
        fail(
          "The control server does not see this node connected",
          "See tailscale netcheck, and the time of this host",
        ),
      );
    if (!isExpired) findings.push(expiryOf(Self.KeyExpiry, now));
    return findings;
  },
};

function expiryOf(expiry: string | undefined, now: Date): Finding {
  if (expiry === undefined) return ok("This node's key does not expire");
  const days = Math.floor((Date.parse(expiry) - +now) / DAY_MS);
  const text = `This node's key expires in ${days} days, at ${expiry}`;
  if (days >= SOON_DAYS) return ok(text);
  return warn(text, "Log in again with tailscale up --force-reauth, or turn off its expiry in the admin console");
}
