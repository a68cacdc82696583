import { Buffer } from "node:buffer";
import { hostPort } from "../../discovery/target.ts";
import type { LiveOutcome } from "../../fleet/live.ts";
import { HttpError, request } from "../../http/request.ts";
import { LocalApiError } from "../../localapi/errors.ts";
import type { Dial } from "./dial.ts";

/** A question to a host of the tailnet, and the bounds of its answer. */
export interface Question {
  readonly host: string;
  readonly port: number;
  readonly path: string;
  /** Value of the Accept header. */
  readonly accept: string;
  /** Time for the connection and the whole answer, in seconds. */
  readonly timeoutSeconds: number;
  readonly maxBytes: number;
}

/** Why a host gave no answer, in a word. */
export type AskFailure = Exclude<LiveOutcome, "ok">;

/** A host that gave no answer. */
export class AskError extends Error {
  override readonly name = "AskError";
  readonly failure: AskFailure;

  constructor(failure: AskFailure, detail: string) {
    super(detail);
    this.failure = failure;
  }
}

/** The text that a host answers with status 200. Rejects with {@linkcode AskError}. */
export async function askHost(dial: Dial, question: Question, ended: AbortSignal): Promise<string> {
  const { host, port, path, accept, timeoutSeconds, maxBytes } = question;
  const signal = AbortSignal.any([ended, AbortSignal.timeout(timeoutSeconds * 1000)]);
  const { promise: passed, reject } = Promise.withResolvers<never>();
  passed.catch(() => {}); // it may pass while nobody waits
  const onAbort = () => reject(new AskError("timeout", `no whole answer in ${timeoutSeconds} s`));
  signal.addEventListener("abort", onAbort, { once: true });
  if (signal.aborted) onAbort();
  let connection: Awaited<ReturnType<Dial>> | undefined;
  try {
    connection = await dial(host, port, signal);
    const asked = request(connection, { host: hostPort(host, port), path, headers: { Accept: accept } });
    const answer = await Promise.race([asked, passed]);
    if (answer.status !== 200) throw new AskError("denied", `status ${answer.status}`);
    return await Promise.race([textOf(answer.body, maxBytes), passed]);
  } catch (error) {
    throw toAskError(error, signal);
  } finally {
    signal.removeEventListener("abort", onAbort);
    connection?.close();
  }
}

async function textOf(body: AsyncIterable<Uint8Array>, maxBytes: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw new AskError("too_large", `the answer has more than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function toAskError(error: unknown, signal: AbortSignal): AskError {
  if (error instanceof AskError) return error;
  const message = error instanceof Error ? error.message : String(error);
  if (signal.aborted) return new AskError("timeout", message);
  if (error instanceof HttpError) return new AskError("nonsense", message);
  if (error instanceof LocalApiError && error.failure === "timeout") return new AskError("timeout", message);
  return new AskError(/refused/i.test(message) ? "refused" : "unreachable", message);
}
