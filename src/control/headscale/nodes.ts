import * as z from "zod/mini";
import type { ApiClient } from "../client.ts";
import { type Entries, entriesOf, flag, id, maybe, ownId, recordOf, text, texts } from "../tolerant.ts";

/** A user of Headscale. */
export const HeadscaleUser = z.object({
  id,
  name: text,
  createdAt: text,
  displayName: text,
  email: text,
  providerId: text,
  provider: text,
});
export type HeadscaleUser = z.output<typeof HeadscaleUser>;

/** A node as Headscale's v1 API describes it. It knows neither system nor version. */
export const HeadscaleNode = z.object({
  id: ownId,
  ipAddresses: texts,
  name: text,
  givenName: text,
  user: maybe(HeadscaleUser),
  lastSeen: text,
  /** Null or year 1 for a node whose key does not expire. */
  expiry: text,
  createdAt: text,
  registerMethod: text,
  online: flag,
  approvedRoutes: texts,
  availableRoutes: texts,
  subnetRoutes: texts,
  tags: texts,
  /** Tags of versions before 0.28. */
  forcedTags: texts,
  validTags: texts,
});
export type HeadscaleNode = z.output<typeof HeadscaleNode>;

const NODES = "/api/v1/node";

/** All nodes. */
export async function listNodes(client: ApiClient, signal: AbortSignal): Promise<Entries<HeadscaleNode>> {
  return entriesOf(await client.get(NODES, NODES, signal), "nodes", HeadscaleNode, NODES);
}

const USERS = "/api/v1/user";

/** All users. */
export async function listHeadscaleUsers(client: ApiClient, signal: AbortSignal): Promise<Entries<HeadscaleUser>> {
  return entriesOf(await client.get(USERS, USERS, signal), "users", HeadscaleUser, USERS);
}

const HEALTH = "/api/v1/health";

/** Whether Headscale reaches its database; undefined when it does not say. Since 0.27. */
export async function getHealth(client: ApiClient, signal: AbortSignal): Promise<boolean | undefined> {
  return flag.parse(recordOf(await client.get(HEALTH, HEALTH, signal), HEALTH).databaseConnectivity);
}
