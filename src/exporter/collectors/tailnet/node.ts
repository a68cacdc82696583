import { addressesOf, nameOf, ownerOf, withoutDot } from "../../../localapi/naming.ts";
import { BACKEND_STATES, type Prefs, type Status } from "../../../localapi/schema.ts";
import { timestampSeconds } from "../../../localapi/time.ts";
import { type Collector, Incomplete } from "../../collector.ts";
import { gauge, type Sample } from "../../metric.ts";
import type { TailnetSource } from "./source.ts";

const STATE = gauge("tailscale_backend_state", "Whether tailscaled is in this state: 1 means yes.", ["state"]);
const INFO = gauge("tailscale_node_info", "This node as tailscaled describes it. Always 1.", [
  "node_id",
  "node",
  "dns_name",
  "tailnet",
  "os",
  "version",
  "ipv4",
  "ipv6",
  "user",
  "tags",
  "tun",
]);
const ONLINE = gauge("tailscale_node_online", "Whether this node is connected to the control plane: 1 means yes.");
const KEY_EXPIRY = gauge(
  "tailscale_node_key_expiry_timestamp_seconds",
  "When this node's key expires, as Unix time. Absent when it does not expire.",
);
const EXIT_NODE_IN_USE = gauge(
  "tailscale_exit_node_in_use",
  "Whether this node sends its internet traffic through an exit node: 1 means yes.",
);
const EXIT_NODE_OPTION = gauge(
  "tailscale_node_exit_node_option",
  "Whether this node offers itself as an exit node and is approved as one: 1 means yes.",
);
const ADVERTISED = gauge(
  "tailscale_node_advertised_routes",
  "A route that this node advertises, approved or not. Always 1.",
  ["route"],
);
const PRIMARY = gauge("tailscale_node_primary_routes", "A route for which this node is the elected router. Always 1.", [
  "route",
]);
const UPDATE = gauge(
  "tailscale_update_available",
  "Whether there is a newer tailscaled for this node: 1 means yes. Absent when tailscaled does not check.",
);

/** This node and its tailscaled, from `status` and `prefs`. */
export function node(): Collector<TailnetSource> {
  return {
    name: "tailscale_node",
    metrics: () => [STATE, INFO, ONLINE, KEY_EXPIRY, EXIT_NODE_IN_USE, EXIT_NODE_OPTION, ADVERTISED, PRIMARY, UPDATE],
    async collect(source) {
      const prefs = source.prefs();
      prefs.catch(() => {}); // when status fails too, that is the reason to tell
      const status = await source.status();
      const samples = [backendState, nodeSamples, primaryRoutes, updateSamples].flatMap((samplesOf) =>
        samplesOf(status),
      );
      try {
        return [...samples, ...advertisedRoutes(await prefs)];
      } catch (error) {
        throw new Incomplete((error as Error).message, { cause: error, samples });
      }
    },
  };
}

/** A state that is newer than this list is a series of its own. */
function backendState({ BackendState }: Status): Sample[] {
  const states = new Set<string>([...BACKEND_STATES, BackendState]);
  return [...states].map((state) => STATE.sample(Number(state === BackendState), { state }));
}

/** Nothing before this node has an identity, which is before its first login. */
function nodeSamples(status: Status): Sample[] {
  const { Self, CurrentTailnet, Version, TUN, ExitNodeStatus } = status;
  if (Self.ID === "") return [];
  const info = {
    node_id: Self.ID,
    node: nameOf(Self, status),
    dns_name: withoutDot(Self.DNSName),
    tailnet: CurrentTailnet?.Name ?? "",
    os: Self.OS,
    version: Version,
    ...addressesOf(Self),
    user: ownerOf(Self, status),
    tags: (Self.Tags ?? []).join(","),
    tun: String(TUN),
  };
  const expiry = timestampSeconds(Self.KeyExpiry);
  return [
    INFO.sample(1, info),
    ONLINE.sample(Number(Self.Online)),
    EXIT_NODE_IN_USE.sample(Number(Boolean(ExitNodeStatus))),
    EXIT_NODE_OPTION.sample(Number(Self.ExitNodeOption)),
    ...(expiry === undefined ? [] : [KEY_EXPIRY.sample(expiry)]),
  ];
}

function primaryRoutes({ Self }: Status): Sample[] {
  return (Self.PrimaryRoutes ?? []).map((route) => PRIMARY.sample(1, { route }));
}

function advertisedRoutes({ AdvertiseRoutes }: Prefs): Sample[] {
  return (AdvertiseRoutes ?? []).map((route) => ADVERTISED.sample(1, { route }));
}

/** tailscaled says that it is the latest, or which is; neither means that it does not know. */
function updateSamples({ ClientVersion }: Status): Sample[] {
  if (ClientVersion?.RunningLatest) return [UPDATE.sample(0)];
  return ClientVersion?.LatestVersion ? [UPDATE.sample(1)] : [];
}
