import { z } from "zod";
import type { ApiClient } from "../client.ts";
import { flag, recordOf, texts } from "../tolerant.ts";

/** A resolver: an object, or its address alone. */
const Resolver = z.union([z.string(), z.object({ address: z.string() }).transform(({ address }) => address)]);

/** Resolvers, without those that cannot be read. */
const Resolvers = z
  .array(z.unknown())
  .transform((items) => items.map((item) => Resolver.safeParse(item).data).filter((item) => item !== undefined))
  .optional()
  .catch(undefined);

const Configuration = z.object({
  nameservers: Resolvers,
  /** Resolvers by domain. */
  splitDNS: z
    .record(z.string(), z.unknown())
    .transform((domains) =>
      Object.entries(domains).map(([domain, list]) => ({ domain, nameservers: Resolvers.parse(list) ?? [] })),
    )
    .optional()
    .catch(undefined),
  searchPaths: texts,
  preferences: z.object({ magicDNS: flag, overrideLocalDNS: flag }).optional().catch(undefined),
});

/** The tailnet's DNS settings. */
export type ApiDns = z.output<typeof Configuration>;

const ENDPOINT = "/tailnet/{tailnet}/dns/configuration";

/** Nameservers, split DNS, search paths and preferences in one request. Scope `dns:read`. */
export async function getDns(client: ApiClient, tailnet: string, signal: AbortSignal): Promise<ApiDns> {
  const path = `/tailnet/${encodeURIComponent(tailnet)}/dns/configuration`;
  return Configuration.parse(recordOf(await client.get(ENDPOINT, path, signal), ENDPOINT));
}
