import { LocalApiError, type LocalApiFailure } from "../../../localapi/errors.ts";
import type { DerpMap, Whois } from "../../../localapi/schema.ts";
import { type Collector, Incomplete, NoData } from "../../collector.ts";
import { gauge, type Sample } from "../../metric.ts";
import { both, type TailnetSource } from "./source.ts";

const HOME = gauge("tailscale_node_derp_home_info", "Home DERP region of this node. Always 1.", [
  "region_id",
  "region_code",
  "region_name",
]);
const LATENCY = gauge(
  "tailscale_derp_latency_seconds",
  "Round-trip time to the DERP region as tailscaled last measured it, the shorter of IPv4 and IPv6. Absent where tailscaled does not tell.",
  ["region_code"],
);

/** A tailscaled that does not know itself yet, or does not tell us, leaves the latencies unknown and no more. */
const UNTOLD: ReadonlySet<LocalApiFailure> = new Set(["not_found", "unavailable", "denied", "unsupported"]);

/** Relays as this node sees them, from `derpmap`, `status` and the node's own record. */
export function derp(): Collector<TailnetSource> {
  return {
    name: "tailscale_derp",
    metrics: () => [HOME, LATENCY],
    async collect(source) {
      const [{ Self }, map] = await both(source.status(), source.derpMap());
      if (Self.ID === "" || !map) throw new NoData("no network map yet");
      const regions = Object.values(map.Regions ?? {});
      const home = regions.find(({ RegionCode }) => RegionCode === Self.Relay);
      const samples = home ? [homeSample(home)] : [];
      try {
        return [...samples, ...latencySamples(await source.whoisSelf(), regions)];
      } catch (error) {
        if (error instanceof LocalApiError && UNTOLD.has(error.failure)) return samples;
        throw new Incomplete((error as Error).message, { cause: error, samples });
      }
    },
  };
}

type Region = NonNullable<NonNullable<DerpMap>["Regions"]>[string];

function homeSample({ RegionID, RegionCode, RegionName }: Region): Sample {
  return HOME.sample(1, { region_id: `${RegionID}`, region_code: RegionCode, region_name: RegionName });
}

function latencySamples({ Node }: Whois, regions: readonly Region[]): Sample[] {
  const latencies = shortestByRegion(Node.Hostinfo?.NetInfo?.DERPLatency ?? {});
  return regions.flatMap(({ RegionID, RegionCode }) => {
    const seconds = latencies.get(RegionID);
    return seconds === undefined ? [] : [LATENCY.sample(seconds, { region_code: RegionCode })];
  });
}

/** Seconds by region id, from keys such as `10-v4` (tailscale: tailcfg, NetInfo.DERPLatency). */
export function shortestByRegion(latencies: Readonly<Record<string, number>>): Map<number, number> {
  const shortest = new Map<number, number>();
  for (const [key, seconds] of Object.entries(latencies)) {
    const region = Number.parseInt(key, 10);
    shortest.set(region, Math.min(shortest.get(region) ?? Number.POSITIVE_INFINITY, seconds));
  }
  return shortest;
}
