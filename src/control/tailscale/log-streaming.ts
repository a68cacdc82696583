import * as z from "zod/mini";
import type { ApiClient } from "../client.ts";
import { number, recordOf, text } from "../tolerant.ts";

/** Kinds of logs that can be streamed. */
export const LOG_TYPES = ["configuration", "network"] as const;
export type LogType = (typeof LOG_TYPES)[number];

const Status = z.object({
  lastActivity: text,
  /** Read only for whether there is one: it may quote the receiver. */
  lastError: text,
  numBytesSent: number,
  numEntriesSent: number,
  numTotalRequests: number,
  numFailedRequests: number,
});

/** How a log's stream fares. */
export type ApiLogStream = z.output<typeof Status>;

const ENDPOINT = "/tailnet/{tailnet}/logging/{logType}/stream/status";

/** State of a log's stream. Scope `log_streaming:read`. Rejects with `not_found` where the log is not streamed. */
export async function getLogStream(
  client: ApiClient,
  tailnet: string,
  type: LogType,
  signal: AbortSignal,
): Promise<ApiLogStream> {
  const path = `/tailnet/${encodeURIComponent(tailnet)}/logging/${type}/stream/status`;
  return Status.parse(recordOf(await client.get(ENDPOINT, path, signal), ENDPOINT));
}
