import { Buffer } from "node:buffer";
import {
  ADVERTISEMENT_PATH,
  type Advertisement,
  MAX_ADVERTISEMENT_BYTES,
  parseAdvertisement,
} from "../../discovery/advertisement.ts";
import { hostPort } from "../../discovery/target.ts";
import { get } from "../../localapi/get.ts";
import type { Dial } from "./dial.ts";

/** Time for a question to an agent with its answer, in seconds. */
const TIMEOUT_SECONDS = 3;

/**
 * What the agent on a host offers. Rejects when there is no agent, or none that answers in time; the message says which.
 */
export async function askAgent(dial: Dial, host: string, port: number, ended: AbortSignal): Promise<Advertisement> {
  const signal = AbortSignal.any([ended, AbortSignal.timeout(TIMEOUT_SECONDS * 1000)]);
  const connection = await dial(host, port, signal);
  const { promise: passed, reject } = Promise.withResolvers<never>();
  const onAbort = () => reject(new Error(`no whole answer in ${TIMEOUT_SECONDS} s`));
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    if (signal.aborted) onAbort();
    const answer = await Promise.race([
      get(connection, {
        host: hostPort(host, port),
        path: ADVERTISEMENT_PATH,
        headers: { Accept: "application/json" },
      }),
      passed,
    ]);
    if (answer.status !== 200) throw new Error(`status ${answer.status}: no tsmon agent, or one that lets us not ask`);
    return parseAdvertisement(await Promise.race([textOf(answer.body), passed]));
  } finally {
    signal.removeEventListener("abort", onAbort);
    connection.destroy();
  }
}

async function textOf(body: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > MAX_ADVERTISEMENT_BYTES) throw new Error(`the answer has more than ${MAX_ADVERTISEMENT_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}
