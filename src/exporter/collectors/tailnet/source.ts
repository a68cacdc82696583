import type { HealthWarning } from "../../../localapi/notify.ts";
import type { DerpMap, Prefs, Status, Whois } from "../../../localapi/schema.ts";

/** What a scrape offers to the collectors of tailscaled. Each is asked at most once a scrape; all reject with LocalApiError. */
export interface TailnetSource {
  status(): Promise<Status>;
  prefs(): Promise<Prefs>;
  /** Null before there is a network map. */
  derpMap(): Promise<DerpMap>;
  /** This node as the control plane describes it. */
  whoisSelf(): Promise<Whois>;
  /** tailscaled's own metrics in Prometheus's text format. */
  userMetrics(): Promise<string>;
  /** Standing warnings by code as the IPN bus last told them; undefined while the bus is not connected. */
  warnings(): Readonly<Record<string, HealthWarning>> | undefined;
}

/** Both answers, asked for at once. When both fail, it is always for the first one's reason. */
export async function both<First, Second>(first: Promise<First>, second: Promise<Second>): Promise<[First, Second]> {
  second.catch(() => {});
  return [await first, await second];
}
