import * as z from "zod/mini";
import type { ApiClient } from "../client.ts";
import { type Entries, entriesOf, flag, maybe, ownId, text, texts } from "../tolerant.ts";
import { HeadscaleUser } from "./nodes.ts";

/** A key with which machines join. Its text is never read. */
export const PreAuthKey = z.object({
  id: ownId,
  user: maybe(HeadscaleUser),
  reusable: flag,
  ephemeral: flag,
  used: flag,
  expiration: text,
  createdAt: text,
  aclTags: texts,
});
export type PreAuthKey = z.output<typeof PreAuthKey>;

/** A key of the API. */
export const HeadscaleApiKey = z.object({ id: ownId, prefix: text, expiration: text, createdAt: text, lastSeen: text });
export type HeadscaleApiKey = z.output<typeof HeadscaleApiKey>;

const PRE_AUTH = "/api/v1/preauthkey";

/** All keys with which machines join. Before 0.28 only those of one user, and then a refusal. */
export async function listPreAuthKeys(client: ApiClient, signal: AbortSignal): Promise<Entries<PreAuthKey>> {
  return entriesOf(await client.get(PRE_AUTH, PRE_AUTH, signal), "preAuthKeys", PreAuthKey, PRE_AUTH);
}

const API_KEYS = "/api/v1/apikey";

/** All keys of the API. */
export async function listHeadscaleApiKeys(client: ApiClient, signal: AbortSignal): Promise<Entries<HeadscaleApiKey>> {
  return entriesOf(await client.get(API_KEYS, API_KEYS, signal), "apiKeys", HeadscaleApiKey, API_KEYS);
}
