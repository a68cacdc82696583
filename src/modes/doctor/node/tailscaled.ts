import { LocalApiError, type LocalApiFailure } from "../../../localapi/errors.ts";
import type { NodeContext } from "../context.ts";
import { type Check, fail, ok } from "../finding.ts";

const SENTENCES: Readonly<Partial<Record<LocalApiFailure, string>>> = {
  missing: "There is no tailscaled",
  refused: "No tailscaled answers",
  permission: "This user may not ask tailscaled",
  denied: "tailscaled does not let this user ask it",
  timeout: "tailscaled does not answer",
};

const ADVICE: Readonly<Partial<Record<LocalApiFailure, string>>> = {
  missing:
    "Start it: systemctl start tailscaled. If it is not installed: https://tailscale.com/download. If it listens elsewhere, name its socket with --socket",
  refused: "Its socket was left behind by a process that is gone. Start it: systemctl start tailscaled",
  permission: "This user may not open its socket: see ls -l of it; tailscaled makes it with rights for everyone (0666)",
  denied: "This user may not ask it: run as root, or make the user its operator with tailscale set --operator=USER",
  timeout:
    "It is there and does not answer: see journalctl -u tailscaled, and restart it with systemctl restart tailscaled",
  decode: "Something else may listen at its socket, or this version is not known to tsmon: see tailscale version",
};

/** Whether tailscaled is there and can be read. */
export const tailscaled: Check<NodeContext> = {
  subject: "tailscaled",
  async run(context) {
    try {
      context.status = await context.api.status();
    } catch (error) {
      if (!(error instanceof LocalApiError)) throw error;
      const { failure, message } = error;
      const sentence = SENTENCES[failure] ?? "tailscaled cannot be asked how it is";
      const reason = message.replace(/^Cannot read LocalAPI status: /, "").replace(/ \(.*\)$/, "");
      return [fail(`${sentence}: ${reason}`, ADVICE[failure] ?? "See journalctl -u tailscaled")];
    }
    const { Version, Peer } = context.status;
    const peers = Peer?.length ?? 0;
    return [ok(`tailscaled ${Version.split("-")[0]} answers at ${context.socket} and knows ${peers} peers`)];
  },
};
