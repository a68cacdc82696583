import type { LocalApi } from "../../../localapi/client.ts";
import type { PingResult, PingType } from "../../../localapi/schema.ts";
import type { HostContext } from "../context.ts";
import { type Check, type Finding, fail, ok, textOf, warn } from "../finding.ts";

const MEANINGS: Readonly<Partial<Record<PingType, string>>> = {
  disco: "the two tailscaleds",
  TSMP: "WireGuard between the two",
  peerapi: "TCP to its tailscaled",
};

/** Whether packets get to the host, how, and how fast. */
export const ping: Check<HostContext> = {
  subject: "ping",
  async run(context) {
    const { api, peer, settings, isThere } = context;
    const [address] = peer?.TailscaleIPs ?? [];
    if (!isThere || address === undefined) return [];
    const disco = await pinged(api, address, "disco", settings.timeout);
    const others = await Promise.all(
      (["TSMP", "peerapi"] as const).map((type) => pinged(api, address, type, settings.timeout)),
    );
    context.tunnelWorks = others.some(({ standing }) => standing === "ok");
    return [disco, ...others];
  },
};

async function pinged(api: LocalApi, address: string, type: PingType, timeoutSeconds: number): Promise<Finding> {
  const result = await api.ping(address, type, { timeoutSeconds }).catch((error) => textOf(error));
  return pingFinding(type, result);
}

/** What a ping's result, or the text of its failure, means. */
export function pingFinding(type: PingType, result: PingResult | string): Finding {
  const what = `A ${type} ping (${MEANINGS[type] ?? type})`;
  const reason = typeof result === "string" ? result : result.Err;
  if (typeof result !== "string" && reason === "")
    return ok(`${what} was answered in ${(result.LatencySeconds * 1000).toFixed(1)} ms${pathOf(result)}`);
  const text = `${what} got no answer: ${reason.replace(/^Cannot read LocalAPI ping: /, "")}`;
  if (type === "TSMP") return fail(text, "See whether tailscaled runs there, and both hosts' tailscale netcheck");
  // An expired or relayed node may not answer these, and metrics flow all the same.
  return warn(text);
}

function pathOf({ Endpoint, PeerRelay, DERPRegionID, DERPRegionCode }: PingResult): string {
  if (PeerRelay) return `, through the peer relay ${PeerRelay}`;
  if (Endpoint) return `, directly to ${Endpoint}`;
  return DERPRegionID ? `, through the relay ${DERPRegionCode || DERPRegionID} of DERP` : "";
}
