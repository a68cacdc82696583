import * as z from "zod/mini";
import type { ApiClient } from "../client.ts";
import { type Entries, entriesOf, text, texts } from "../tolerant.ts";

/** Where Tailscale posts events. Its URL is not read: it may hold a token. */
export const ApiWebhook = z.object({
  endpointId: z.string().check(z.minLength(1)),
  providerType: text,
  creatorLoginName: text,
  created: text,
  lastModified: text,
  subscriptions: texts,
});
export type ApiWebhook = z.output<typeof ApiWebhook>;

const ENDPOINT = "/tailnet/{tailnet}/webhooks";

/** All webhooks. Scope `webhooks:read`. */
export async function listWebhooks(
  client: ApiClient,
  tailnet: string,
  signal: AbortSignal,
): Promise<Entries<ApiWebhook>> {
  const path = `/tailnet/${encodeURIComponent(tailnet)}/webhooks`;
  return entriesOf(await client.get(ENDPOINT, path, signal), "webhooks", ApiWebhook, ENDPOINT);
}
