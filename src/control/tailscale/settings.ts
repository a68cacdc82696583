import * as z from "zod/mini";
import type { ApiClient } from "../client.ts";
import { flag, number, recordOf, text } from "../tolerant.ts";

const Settings = z.object({
  aclsExternallyManagedOn: flag,
  aclsExternalLink: text,
  devicesApprovalOn: flag,
  devicesAutoUpdatesOn: flag,
  devicesKeyDurationDays: number,
  usersApprovalOn: flag,
  usersRoleAllowedToJoinExternalTailnets: text,
  networkFlowLoggingOn: flag,
  regionalRoutingOn: flag,
  postureIdentityCollectionOn: flag,
  httpsEnabled: flag,
});

/** The tailnet's settings. One that is null, for want of a scope, is absent. */
export type ApiSettings = z.output<typeof Settings>;

const ENDPOINT = "/tailnet/{tailnet}/settings";

/** Settings. Scope `feature_settings:read`, and more for some of them. */
export async function getSettings(client: ApiClient, tailnet: string, signal: AbortSignal): Promise<ApiSettings> {
  const path = `/tailnet/${encodeURIComponent(tailnet)}/settings`;
  return Settings.parse(recordOf(await client.get(ENDPOINT, path, signal), ENDPOINT));
}

const Contacts = z.pipe(
  z.record(z.string(), z.unknown()),
  z.transform((contacts) =>
    Object.entries(contacts).flatMap(([kind, value]) => {
      const { success, data } = z.object({ email: text, needsVerification: flag }).safeParse(value);
      return success ? [{ kind, ...data }] : [];
    }),
  ),
);

/** Whom Tailscale writes to, by occasion: `account`, `support`, `security`. */
export type ApiContact = z.output<typeof Contacts>[number];

const CONTACTS = "/tailnet/{tailnet}/contacts";

/** Contacts. Scope `account_settings:read`. */
export async function getContacts(
  client: ApiClient,
  tailnet: string,
  signal: AbortSignal,
): Promise<readonly ApiContact[]> {
  const path = `/tailnet/${encodeURIComponent(tailnet)}/contacts`;
  return Contacts.parse(recordOf(await client.get(CONTACTS, path, signal), CONTACTS));
}
