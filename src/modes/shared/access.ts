import type { LocalApi } from "../../localapi/client.ts";
import { LocalApiError } from "../../localapi/errors.ts";
import type { Log } from "../../log.ts";
import type { Denial } from "../../web/denial.ts";
import { Guard } from "../../web/guard.ts";
import { Identity, isLoopback } from "../../web/identity.ts";
import type { Rule } from "../../web/rules.ts";
import { pause } from "./pause.ts";

/** What a mode's guard is made of. */
export interface AccessOptions {
  readonly api: LocalApi;
  readonly rules: readonly Rule[];
  readonly trustsServe: boolean;
  /** What is known of tailscaled; undefined as long as it has not answered. */
  readonly tailscale: () =>
    | { readonly TUN?: boolean | undefined; readonly MagicDNSSuffix?: string | undefined }
    | undefined;
  /** Counts a refusal. */
  readonly count: (reason: string) => void;
  readonly log: Log;
}

/** Longest time of a question about a caller, in seconds. A request waits for it, and Prometheus for the request. */
const WHOIS_SECONDS = 2;

/** The guard of a mode's web app, which asks tailscaled who its callers are. */
export function guardOf({ api, rules, trustsServe, tailscale, count, log }: AccessOptions): Guard {
  const kinds = new Set(rules.map(({ kind }) => kind));
  const identity = new Identity({
    whois: (address) => whois(api, address),
    forwardsToLoopback: () => tailscale()?.TUN !== true,
    tellsLoopbackApart: !(kinds.has("local") && kinds.has("tailnet")),
    trustsServe,
    now: () => performance.now() / 1000,
    pause,
  });
  const denied = (denial: Denial, first: boolean) => {
    count(denial.reason);
    const fields = { reason: denial.reason, ...(denial.detail && { detail: denial.detail }) };
    if (first) log.warn(denial.text, fields);
  };
  return new Guard({ identity, rules, suffix: () => tailscale()?.MagicDNSSuffix, denied });
}

async function whois(api: LocalApi, address: string) {
  try {
    return await api.whois(address, { proto: "tcp", signal: AbortSignal.timeout(WHOIS_SECONDS * 1000) });
  } catch (error) {
    if (!(error instanceof LocalApiError)) throw error;
    if (error.failure === "not_found") return undefined;
    const isGone = error.failure === "missing" || error.failure === "refused";
    // Where no tailscaled listens, none hands connections over on loopback.
    if (isGone && isLoopback(address)) return null;
    throw error;
  }
}
