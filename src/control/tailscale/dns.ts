import * as z from "zod/mini";
import type { ApiClient } from "../client.ts";
import { flag, maybe, recordOf, texts } from "../tolerant.ts";

/** A resolver: an object, or its address alone. */
const Resolver = z.union([
  z.string(),
  z.pipe(
    z.object({ address: z.string() }),
    z.transform(({ address }) => address),
  ),
]);

/** Resolvers, without those that cannot be read. */
const Resolvers = maybe(
  z.pipe(
    z.array(z.unknown()),
    z.transform((items) => items.map((item) => Resolver.safeParse(item).data).filter((item) => item !== undefined)),
  ),
);

const Configuration = z.object({
  nameservers: Resolvers,
  /** Resolvers by domain. */
  splitDNS: maybe(
    z.pipe(
      z.record(z.string(), z.unknown()),
      z.transform((domains) =>
        Object.entries(domains).map(([domain, list]) => ({ domain, nameservers: Resolvers.parse(list) ?? [] })),
      ),
    ),
  ),
  searchPaths: texts,
  preferences: maybe(z.object({ magicDNS: flag, overrideLocalDNS: flag })),
});

/** The tailnet's DNS settings. */
export type ApiDns = z.output<typeof Configuration>;

const ENDPOINT = "/tailnet/{tailnet}/dns/configuration";

/** Nameservers, split DNS, search paths and preferences in one request. Scope `dns:read`. */
export async function getDns(client: ApiClient, tailnet: string, signal: AbortSignal): Promise<ApiDns> {
  const path = `/tailnet/${encodeURIComponent(tailnet)}/dns/configuration`;
  return Configuration.parse(recordOf(await client.get(ENDPOINT, path, signal), ENDPOINT));
}
