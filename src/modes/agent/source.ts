import { type HostSource, hostSource } from "../../exporter/collectors/host/source.ts";
import type { TailnetSource } from "../../exporter/collectors/tailnet/source.ts";
import type { LocalApi } from "../../localapi/client.ts";
import { LocalApiError } from "../../localapi/errors.ts";
import { releaseMemorySoon } from "../../runtime/memory.ts";

/** What one scrape of the agent offers to its collectors. */
export type AgentSource = HostSource & TailnetSource;

/** The parts of an {@linkcode AgentSource} that outlive a scrape. */
export interface AgentParts {
  readonly api: LocalApi;
  readonly host: Omit<HostSource, "signal" | "procStat">;
  readonly warnings: TailnetSource["warnings"];
}

/** A status with more peers than this is worth the time that giving back its memory takes. */
const LARGE_PEERS = 1000;

/** A source for one scrape. Each of tailscaled's answers is asked for when first needed, and shared. */
export function agentSource({ api, host, warnings }: AgentParts, signal: AbortSignal): AgentSource {
  const status = once(async () => {
    const answer = await api.status({ signal });
    if ((answer.Peer?.length ?? 0) > LARGE_PEERS) releaseMemorySoon(true);
    return answer;
  });
  return {
    ...hostSource({ ...host, signal }),
    status,
    prefs: once(() => api.prefs({ signal })),
    derpMap: once(() => api.derpMap({ signal })),
    userMetrics: once(() => api.userMetrics({ signal })),
    whoisSelf: once(async () => {
      const [address] = (await status()).TailscaleIPs ?? [];
      if (address === undefined) throw new LocalApiError("unavailable", "whois", "this node has no address yet");
      return api.whois(address, { signal });
    }),
    warnings,
  };
}

function once<Value>(ask: () => Promise<Value>): () => Promise<Value> {
  let answer: Promise<Value> | undefined;
  return () => {
    answer ??= ask();
    return answer;
  };
}
