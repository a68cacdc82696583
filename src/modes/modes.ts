import type { HelpText } from "../config/help.ts";

/** The modes that have settings, each with what its help says, loaded when asked for. */
export const MODES = {
  agent: async () => (await import("./agent/help.ts")).AGENT_HELP,
} as const satisfies Readonly<Record<string, () => Promise<HelpText>>>;
export type Mode = keyof typeof MODES;

/** Whether a word names a mode that has settings. */
export function isMode(word: string | undefined): word is Mode {
  return word !== undefined && Object.hasOwn(MODES, word);
}
