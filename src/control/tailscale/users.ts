import * as z from "zod/mini";
import type { ApiClient } from "../client.ts";
import { type Entries, entriesOf, flag, number, text } from "../tolerant.ts";

/** A user of the tailnet. */
export const ApiUser = z.object({
  id: z.string().check(z.minLength(1)),
  displayName: text,
  loginName: text,
  created: text,
  /** `member` or `shared`. */
  type: text,
  /** `owner`, `member`, `admin`, `it-admin`, `network-admin`, `billing-admin` or `auditor`. */
  role: text,
  /** `active`, `idle`, `suspended`, `needs-approval` or `over-billing-limit`. */
  status: text,
  deviceCount: number,
  lastSeen: text,
  currentlyConnected: flag,
});
export type ApiUser = z.output<typeof ApiUser>;

const ENDPOINT = "/tailnet/{tailnet}/users";

/** All users. Scope `users:read`. */
export async function listUsers(client: ApiClient, tailnet: string, signal: AbortSignal): Promise<Entries<ApiUser>> {
  const path = `/tailnet/${encodeURIComponent(tailnet)}/users`;
  return entriesOf(await client.get(ENDPOINT, path, signal), "users", ApiUser, ENDPOINT);
}

/** An invitation that nobody has accepted yet. */
export const ApiUserInvite = z.object({ id: z.coerce.string(), role: text, lastEmailSentAt: text });
export type ApiUserInvite = z.output<typeof ApiUserInvite>;

const INVITES = "/tailnet/{tailnet}/user-invites";

/** Open invitations of users. Only for keys that a user owns. */
export async function listUserInvites(
  client: ApiClient,
  tailnet: string,
  signal: AbortSignal,
): Promise<Entries<ApiUserInvite>> {
  const path = `/tailnet/${encodeURIComponent(tailnet)}/user-invites`;
  return entriesOf(await client.get(INVITES, path, signal), undefined, ApiUserInvite, INVITES);
}
