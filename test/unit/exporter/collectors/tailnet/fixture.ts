import { readFileSync } from "node:fs";
import type { TailnetSource } from "../../../../../src/exporter/collectors/tailnet/source.ts";
import type { Sample } from "../../../../../src/exporter/metric.ts";
import { parseJson } from "../../../../../src/localapi/decode.ts";
import { DerpMap, Prefs, type Status, toStatus, Whois } from "../../../../../src/localapi/schema.ts";

/** A captured answer of tailscaled. */
export function fixture(name: string): string {
  return readFileSync(new URL(`../../../../fixtures/localapi/1.102.3/${name}`, import.meta.url), "utf8");
}

/** A captured status, parsed as the client does it. */
export function statusFixture(name: string): Status {
  return toStatus(parseJson(fixture(name)));
}

/** Fields of a peer that a test sets; the rest is as of a peer that is online and idle. */
export type PeerChange = Readonly<Record<string, unknown>>;

const ZERO_TIME = "0001-01-01T00:00:00Z";
const PEER = {
  ID: "nPeerCNTRL",
  HostName: "Peer Box",
  DNSName: "peer.tail1234.ts.net.",
  OS: "linux",
  UserID: 7,
  TailscaleIPs: ["100.64.0.9", "fd7a:115c:a1e0::9"],
  CurAddr: "",
  Relay: "fra",
  PeerRelay: "",
  RxBytes: 0,
  TxBytes: 0,
  LastWrite: ZERO_TIME,
  LastSeen: ZERO_TIME,
  LastHandshake: ZERO_TIME,
  Online: true,
  ExitNode: false,
  ExitNodeOption: false,
  Active: false,
  InNetworkMap: true,
  InMagicSock: true,
  InEngine: false,
};

/** A status with these peers and with these fields of its own. */
export function statusOf(peers: readonly PeerChange[] | null, head: PeerChange = {}): Status {
  const Peer =
    peers && Object.fromEntries(peers.map((change, i) => [`nodekey:${i}`, { ...PEER, ID: `n${i}CNTRL`, ...change }]));
  return toStatus({
    Version: "1.102.3-tabc",
    TUN: true,
    BackendState: "Running",
    TailscaleIPs: ["100.64.0.1"],
    Self: { ...PEER, ID: "nSelfCNTRL", DNSName: "self.tail1234.ts.net." },
    Health: [],
    CurrentTailnet: { Name: "example.com", MagicDNSSuffix: "tail1234.ts.net", MagicDNSEnabled: true },
    User: { "7": { ID: 7, LoginName: "ann@example.com", DisplayName: "Ann" } },
    ClientVersion: null,
    ...head,
    Peer,
  });
}

/** A source over captured answers, with some of them replaced. */
export function sourceOf(status: Status, other: Partial<TailnetSource> = {}): TailnetSource {
  return {
    status: async () => status,
    prefs: async () => Prefs.parse(JSON.parse(fixture("prefs.json"))),
    derpMap: async () => DerpMap.parse(JSON.parse(fixture("derpmap.json"))),
    whoisSelf: async () => Whois.parse(JSON.parse(fixture("whois.json"))),
    userMetrics: async () => fixture("usermetrics.txt"),
    warnings: () => undefined,
    ...other,
  };
}

/** Samples by series: `name{labels}` → value. */
export function seriesOf(samples: readonly Sample[]): Record<string, number> {
  return Object.fromEntries(samples.map(({ metric, labels, value }) => [metric.name + labels, value]));
}
