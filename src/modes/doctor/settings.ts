import * as z from "zod/mini";
import { ConfigFields, FilePath, Port, Seconds, Socket } from "../../config/fields.ts";
import type { Command } from "../shared/command.ts";
import { AGENT_PORT } from "../shared/ports.ts";

/** Settings of `tsmon doctor`. */
export const DoctorSettings = z.strictObject({
  host: z
    ._default(z.array(z.string().check(z.minLength(1))).check(z.maxLength(1, "are too many: expected one host")), [])
    .register(z.globalRegistry, {
      description: "The other node to look at, by name, Tailscale address or stable id; without it, this one",
      placeholder: "HOST",
    }),
  json: z._default(z.boolean(), false).register(z.globalRegistry, { description: "Write the findings as JSON" }),
  socket: Socket,
  "agent.port": z._default(Port, AGENT_PORT).register(z.globalRegistry, {
    description: "Port of the agents",
    placeholder: "PORT",
  }),
  "agent.config": z._default(FilePath, "/etc/tsmon/agent.yaml").register(z.globalRegistry, {
    description: "Settings of this host's agent, where they are in a file",
    placeholder: "FILE",
  }),
  discover: z
    ._default(
      z.url({ protocol: /^https?$/, error: "is not a URL: expected one such as http://127.0.0.1:5254" }),
      "http://127.0.0.1:5254",
    )
    .register(z.globalRegistry, {
      description: "Where a tsmon discover answers, to be asked whether it lists the host",
      placeholder: "URL",
    }),
  timeout: z
    .prefault(Seconds.check(z.refine((seconds) => seconds > 0, "is too short: expected more than 0s")), "5s")
    .register(z.globalRegistry, {
      description: "Longest time of each ping, connection and answer",
      placeholder: "DURATION",
    }),
  ...ConfigFields,
});
export type DoctorSettings = Readonly<z.output<typeof DoctorSettings>>;

/** The command, for its help too. */
export const DOCTOR: Command<typeof DoctorSettings> = {
  schema: DoctorSettings,
  mode: "doctor",
  description:
    "Says why this node, or another host, is not scraped: each finding in a sentence, with what to do. Ends with 0 when all is well, with 1 when something is wrong.",
  examples: [
    { command: "tsmon doctor", does: "Look at tailscaled, the agent and its service on this node." },
    { command: "tsmon doctor db1", does: "Look at the way to db1, and at what its agent answers to this node." },
    { command: "tsmon doctor db1 --json", does: "The same for programs." },
  ],
  positional: "host",
  exitCodes: [
    ["0", "All is well, perhaps with warnings."],
    ["1", "Something is wrong."],
    ["2", "The settings or the command line are wrong; there is one line for each mistake."],
  ],
};
