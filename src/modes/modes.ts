import type { HelpText } from "../config/help.ts";

/** The commands that have settings, each with what its help says, loaded when asked for. */
export const MODES = {
  agent: async () => (await import("./agent.ts")).AGENT,
  discover: async () => (await import("./discover.ts")).DISCOVER,
  fleet: async () => (await import("./fleet.ts")).FLEET,
  doctor: async () => (await import("./doctor/settings.ts")).DOCTOR,
} as const satisfies Readonly<Record<string, () => Promise<HelpText>>>;
export type Mode = keyof typeof MODES;
