import { Buffer } from "node:buffer";
import type { LiveOutcome } from "../../fleet/live.ts";
import { LocalApiError } from "../../localapi/errors.ts";
import { GetError, get } from "../../localapi/get.ts";
import type { Dial } from "../shared/dial.ts";

/** Largest exposition that is read. tailscaled's has some 5 kB. */
const MAX_BYTES = 1024 * 1024;

/** Where a device may have its own metrics. */
export interface Door {
  readonly source: "agent" | "webclient";
  readonly port: number;
  readonly path: string;
}

/** A device that gave no metrics. */
export class AskError extends Error {
  override readonly name = "AskError";
  readonly outcome: Exclude<LiveOutcome, "ok">;

  constructor(outcome: Exclude<LiveOutcome, "ok">, detail: string) {
    super(detail);
    this.outcome = outcome;
  }
}

/** The exposition behind a door of a device. Follows no redirect. Rejects with {@linkcode AskError}. */
export async function askDevice(
  dial: Dial,
  address: string,
  { port, path }: Door,
  signal: AbortSignal,
): Promise<string> {
  const { promise: passed, reject } = Promise.withResolvers<never>();
  passed.catch(() => {}); // it may pass while nobody waits
  const onAbort = () => reject(new AskError("timeout", "no whole answer in time"));
  signal.addEventListener("abort", onAbort, { once: true });
  if (signal.aborted) onAbort();
  let connection: Awaited<ReturnType<Dial>> | undefined;
  try {
    connection = await dial(address, port, signal);
    const host = address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
    const answer = await Promise.race([get(connection, { host, path, headers: { Accept: "text/plain" } }), passed]);
    if (answer.status !== 200) throw new AskError("denied", `status ${answer.status}`);
    return await Promise.race([textOf(answer.body), passed]);
  } catch (error) {
    throw toAskError(error, signal);
  } finally {
    signal.removeEventListener("abort", onAbort);
    connection?.destroy();
  }
}

async function textOf(body: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > MAX_BYTES) throw new AskError("too_large", `more than ${MAX_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function toAskError(error: unknown, signal: AbortSignal): AskError {
  if (error instanceof AskError) return error;
  if (signal.aborted) return new AskError("timeout", "no whole answer in time");
  if (error instanceof GetError) return new AskError("nonsense", error.message);
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof LocalApiError && error.failure === "timeout") return new AskError("timeout", message);
  return new AskError(/refused/i.test(message) ? "refused" : "unreachable", message);
}
