import * as z from "zod/mini";
import type { ApiClient } from "../client.ts";
import { type Entries, entriesOf, flag, maybe, text, texts } from "../tolerant.ts";

const Create = z.object({ reusable: flag, ephemeral: flag, preauthorized: flag, tags: texts });

/** A key: for machines (`auth`), of the API (`api`), of an OAuth client (`client`), or `federated`. Its text is never read. */
export const ApiKey = z.object({
  id: z.string().check(z.minLength(1)),
  keyType: text,
  description: text,
  created: text,
  /** Absent, or year 1, for a key that does not expire. */
  expires: text,
  revoked: text,
  invalid: flag,
  userId: text,
  tags: texts,
  scopes: texts,
  capabilities: maybe(
    z.pipe(
      z.object({ devices: z.object({ create: Create }) }),
      z.transform(({ devices }) => devices.create),
    ),
  ),
});
export type ApiKey = z.output<typeof ApiKey>;

const ENDPOINT = "/tailnet/{tailnet}/keys";

/** All keys that the credential may see, others' too. Scopes `auth_keys:read`, `api_access_tokens:read`, `oauth_keys:read`. */
export async function listKeys(client: ApiClient, tailnet: string, signal: AbortSignal): Promise<Entries<ApiKey>> {
  const path = `/tailnet/${encodeURIComponent(tailnet)}/keys?all=true`;
  return entriesOf(await client.get(ENDPOINT, path, signal), "keys", ApiKey, ENDPOINT);
}
