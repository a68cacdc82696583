import * as z from "zod/mini";
import type { ApiClient } from "../client.ts";
import { type Entries, entriesOf, text, texts } from "../tolerant.ts";

/** A service of the tailnet with addresses of its own. */
export const ApiService = z.object({
  name: z.string().check(z.minLength(1)),
  addrs: texts,
  comment: text,
  ports: texts,
  tags: texts,
});
export type ApiService = z.output<typeof ApiService>;

const ENDPOINT = "/tailnet/{tailnet}/services";

/** All services. Scope `services:read`. */
export async function listServices(
  client: ApiClient,
  tailnet: string,
  signal: AbortSignal,
): Promise<Entries<ApiService>> {
  const path = `/tailnet/${encodeURIComponent(tailnet)}/services`;
  return entriesOf(await client.get(ENDPOINT, path, signal), "vipServices", ApiService, ENDPOINT);
}
