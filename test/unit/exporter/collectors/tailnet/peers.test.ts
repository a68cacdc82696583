import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { peers } from "../../../../../src/exporter/collectors/tailnet/peers.ts";
import { type PeerChange, seriesOf, sourceOf, statusFixture, statusOf } from "./fixture.ts";

const collect = async (status: ReturnType<typeof statusOf>, settings = {}) =>
  seriesOf(await peers({ peers: "auto", "peers.limit": 0, ...settings }).collect(sourceOf(status)));
const ofOne = (change: PeerChange) => collect(statusOf([{ ID: "n1", ...change }]));
const ONE = '{peer="peer",peer_id="n1"}';

describe("peers: the path", () => {
  for (const [name, change, path, direct] of [
    ["an idle peer with a home region is idle and not relayed", {}, "idle", undefined],
    ["an address in use is a direct path", { Active: true, CurAddr: "192.0.2.7:41641" }, "direct_ipv4", 1],
    ["a direct path may be IPv6", { Active: true, CurAddr: "[2001:db8::7]:41641" }, "direct_ipv6", 1],
    ["a peer relay is a relayed path", { Active: true, PeerRelay: "192.0.2.9:40000:vni:7" }, "peer_relay_ipv4", 0],
    ["a peer relay may be IPv6", { Active: true, PeerRelay: "[2001:db8::9]:40000:vni:7" }, "peer_relay_ipv6", 0],
    ["an active peer with nothing but its home region goes by DERP", { Active: true }, "derp", 0],
    [
      "an address that is left over from before is no path",
      { Active: false, CurAddr: "192.0.2.7:41641" },
      "idle",
      undefined,
    ],
  ] as const) {
    test(name, async () => {
      const series = await ofOne(change);
      assert.equal(series[`tailscale_peers_by_path{path="${path}"}`], 1);
      assert.equal(series[`tailscale_peer_direct${ONE}`], direct);
    });
  }
});

describe("peers: unknown is absent", () => {
  for (const [name, change, family, want] of [
    [
      "no bytes without a WireGuard session",
      { RxBytes: 5, InEngine: false },
      "tailscale_peer_receive_bytes_total",
      undefined,
    ],
    ["bytes with one, 0 too", { RxBytes: 0, InEngine: true }, "tailscale_peer_receive_bytes_total", 0],
    ["no handshake before the first", {}, "tailscale_peer_last_handshake_timestamp_seconds", undefined],
    [
      "the handshake's time with its zone",
      { LastHandshake: "2026-11-21T04:59:10.5+01:00" },
      "tailscale_peer_last_handshake_timestamp_seconds",
      Date.UTC(2026, 10, 21, 3, 59, 10, 500) / 1000,
    ],
    [
      "no last seen time of a peer that is online",
      { LastSeen: "2026-11-21T04:59:10Z" },
      "tailscale_peer_last_seen_timestamp_seconds",
      undefined,
    ],
    [
      "no last seen time where it is Go's zero time",
      { Online: false },
      "tailscale_peer_last_seen_timestamp_seconds",
      undefined,
    ],
    [
      "the last seen time of an offline peer",
      { Online: false, LastSeen: "1970-01-02T00:00:00Z" },
      "tailscale_peer_last_seen_timestamp_seconds",
      86400,
    ],
    ["no expiry of a key that does not expire", {}, "tailscale_peer_key_expiry_timestamp_seconds", undefined],
    [
      "the expiry of a key",
      { KeyExpiry: "1970-01-03T00:00:00Z" },
      "tailscale_peer_key_expiry_timestamp_seconds",
      172800,
    ],
  ] as const) {
    test(name, async () => assert.equal((await ofOne(change))[`${family}${ONE}`], want));
  }
});

describe("peers: who is who", () => {
  for (const [name, change, want] of [
    ["a peer of the tailnet by the first label of its name", {}, 'peer="peer"'],
    ["a peer shared in by its full name", { DNSName: "web.other.ts.net." }, 'peer="web.other.ts.net"'],
    ["a peer without MagicDNS by its host name", { DNSName: "" }, 'peer="Peer Box"'],
    ["a peer without any name by its id", { DNSName: "", HostName: "" }, 'peer="n1"'],
  ] as const) {
    test(`names ${name}`, async () => {
      const [online] = Object.keys(await ofOne(change)).filter((key) => key.startsWith("tailscale_peer_online"));
      assert.ok(online?.includes(want), `${online}`);
    });
  }

  test("a peer keeps its series through a new login, which changes its node key", async () => {
    const before = await ofOne({});
    const again = await collect(statusOf([{ ID: "n0", ShareeNode: true }, { ID: "n1" }]));
    assert.deepEqual(again, before);
  });

  test("two peers with one host name have series of their own", async () => {
    const series = await collect(statusOf([{ DNSName: "" }, { DNSName: "" }]));
    assert.equal(Object.keys(series).filter((key) => key.startsWith("tailscale_peer_info")).length, 2);
  });

  test("a tagged peer belongs to its tags and to no user", async () => {
    const [info] = Object.keys(await ofOne({ Tags: ["tag:b", "tag:a"] }));
    assert.match(info!, /tags="tag:b,tag:a",user=""/);
    assert.match(Object.keys(await ofOne({}))[0]!, /tags="",user="ann@example.com"/);
  });

  test("an id beyond 2^53 finds its user", async () => {
    const id = "9007199254740993";
    const status = statusOf([{ ID: "n1", UserID: id }], {
      User: { [id]: { ID: id, LoginName: "big", DisplayName: "" } },
    });
    assert.match(Object.keys(await collect(status))[0]!, /user="big"/);
  });

  test("a label escapes what a host name may hold", async () => {
    assert.match(Object.keys(await ofOne({ HostName: 'a"b\\c\nd' }))[0]!, /hostname="a\\"b\\\\c\\nd"/);
  });
});

describe("peers: which are counted and which are shown", () => {
  const many = (count: number, change: PeerChange = {}) => Array.from({ length: count }, () => change);
  const used = { Active: true, CurAddr: "192.0.2.7:1" };
  const talked = { TxBytes: 1, InEngine: true };

  for (const [name, list, settings, shown] of [
    ["auto shows all of 200", many(200), {}, 200],
    ["auto shows of more than 200 those with a path or traffic", [used, talked, ...many(199)], {}, 2],
    ["all shows all", many(201), { peers: "all" }, 201],
    ["active shows those with a path or traffic", [used, talked, {}], { peers: "active" }, 2],
    ["none shows none", [used, {}], { peers: "none" }, 0],
    ["a limit shows the used ones first", [{}, {}, used], { "peers.limit": 1 }, 1],
  ] as const) {
    test(name, async () => {
      const series = await collect(statusOf(list), settings);
      const infos = Object.keys(series).filter((key) => key.startsWith("tailscale_peer_info"));
      assert.equal(infos.length, shown);
      assert.equal(series.tailscale_peers_omitted, list.length - shown);
      assert.equal(series['tailscale_peers{online="true"}'], list.length);
    });
  }

  test("a limit shows the used one of three", async () => {
    const series = await collect(statusOf([{}, {}, used]), { "peers.limit": 1 });
    assert.equal(
      Object.values(series).length > 0 && Object.keys(series).some((key) => key.includes('peer_id="n2CNTRL"')),
      true,
    );
  });

  test("Mullvad's exit nodes count only while in use, sharees and nodes without an id never", async () => {
    const mullvad = { DNSName: "se-sto-wg-001.mullvad.ts.net." };
    const series = await collect(statusOf([{}, mullvad, { ...mullvad, ...used }, { ShareeNode: true }, { ID: "" }]));
    assert.equal(series['tailscale_peers{online="true"}'], 2);
  });

  test("there is nothing to say without a network map", async () =>
    assert.deepEqual(await collect(statusOf(null, { CurrentTailnet: null })), {}));

  test("a tailnet of one node, for which tailscaled lists no peers at all, has 0 of them", async () => {
    const series = await collect(statusOf(null));
    assert.equal(series['tailscale_peers{online="true"}'], 0);
    assert.equal(series['tailscale_peers_by_path{path="idle"}'], 0);
    assert.equal(series.tailscale_peers_omitted, 0);
  });

  test("totals add up over all oddities of a captured status", async () => {
    const series = await collect(statusFixture("status-synthetic.json"));
    const sum = (prefix: string) =>
      Object.entries(series).reduce((total, [key, value]) => total + (key.startsWith(prefix) ? value : 0), 0);
    assert.ok(sum("tailscale_peers{") > 10);
    assert.equal(sum("tailscale_peers_by_path{"), sum("tailscale_peers{"));
  });
});
