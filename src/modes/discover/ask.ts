import {
  ADVERTISEMENT_PATH,
  type Advertisement,
  MAX_ADVERTISEMENT_BYTES,
  parseAdvertisement,
} from "../../discovery/advertisement.ts";
import { AskError, askHost } from "../shared/ask-host.ts";
import type { Dial } from "../shared/dial.ts";

/** How an agent is asked. */
const QUESTION = {
  path: ADVERTISEMENT_PATH,
  accept: "application/json",
  timeoutSeconds: 3,
  maxBytes: MAX_ADVERTISEMENT_BYTES,
};

/**
 * What the agent on a host offers. Rejects when there is no agent, or none that answers in time; the message says which.
 */
export async function askAgent(dial: Dial, host: string, port: number, ended: AbortSignal): Promise<Advertisement> {
  try {
    return parseAdvertisement(await askHost(dial, { ...QUESTION, host, port }, ended));
  } catch (error) {
    if (!(error instanceof AskError) || error.failure !== "denied") throw error;
    throw new Error(`${error.message}: no tsmon agent, or one that lets us not ask`);
  }
}
