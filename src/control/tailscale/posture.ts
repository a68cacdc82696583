import * as z from "zod/mini";
import type { ApiClient } from "../client.ts";
import { type Entries, entriesOf, maybe, number, text } from "../tolerant.ts";

/** A device management service that tells the posture of devices. Its error text is read only for whether there is one. */
export const ApiPostureIntegration = z.object({
  id: z.string().check(z.minLength(1)),
  provider: text,
  status: maybe(
    z.object({
      lastSync: text,
      error: text,
      providerHostCount: number,
      matchedCount: number,
      possibleMatchedCount: number,
    }),
  ),
});
export type ApiPostureIntegration = z.output<typeof ApiPostureIntegration>;

const ENDPOINT = "/tailnet/{tailnet}/posture/integrations";

/** All posture integrations. Scope `feature_settings:read`. */
export async function listPostureIntegrations(
  client: ApiClient,
  tailnet: string,
  signal: AbortSignal,
): Promise<Entries<ApiPostureIntegration>> {
  const path = `/tailnet/${encodeURIComponent(tailnet)}/posture/integrations`;
  return entriesOf(await client.get(ENDPOINT, path, signal), "integrations", ApiPostureIntegration, ENDPOINT);
}
