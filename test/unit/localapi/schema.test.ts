import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { parseJson } from "../../../src/localapi/decode.ts";
import { DerpMap, PingResult, Prefs, toStatus, Whois } from "../../../src/localapi/schema.ts";
import { peerOf, statusOf } from "../../integration/fake-tailscaled.ts";

/** Captured answer of tailscaled 1.102.3. */
function captured(name: string): unknown {
  return parseJson(readFileSync(new URL(`../../fixtures/localapi/1.102.3/${name}.json`, import.meta.url), "utf8"));
}

describe("toStatus()", () => {
  test("reads a running node with its peers", () => {
    const { Self, Peer, User, CurrentTailnet, BackendState, TUN } = toStatus(captured("status"));
    assert.deepEqual([BackendState, TUN, CurrentTailnet?.MagicDNSSuffix], ["Running", true, "lab.ts.net"]);
    assert.deepEqual(
      [Self.ID, Self.UserID, Self.Tags, Self.KeyExpiry],
      ["TESTCTRL00000001", "123", undefined, undefined],
    );
    assert.ok(Self.CapMap && "https" in Self.CapMap);
    const direct = Object.values(Peer ?? {}).find(({ HostName }) => HostName === "direct");
    assert.deepEqual(direct?.PrimaryRoutes, ["10.1.0.0/16"]);
    assert.equal(User?.[direct?.UserID ?? ""]?.LoginName, "tagged-devices");
  });

  test("keeps of a peer what is named, and of nothing the login link", () => {
    const status = toStatus({ ...statusOf(1), AuthURL: "https://login.example.com/a/1", Future: 1 });
    assert.ok(!("AuthURL" in status) && !("Future" in status));
    const [peer] = status.Peer ?? [];
    for (const field of ["PublicKey", "Addrs", "PeerAPIURL", "CapMap"]) assert.ok(!(field in peer!), field);
  });

  test("reads a node that is logged out", () => {
    const { Self, Peer, User, TailscaleIPs, CurrentTailnet } = toStatus(captured("status-needs-login"));
    assert.deepEqual([Self.ID, Self.TailscaleIPs], ["", null]);
    assert.deepEqual([Peer, User, TailscaleIPs, CurrentTailnet], [null, null, null, null]);
  });

  test("tells no peers from peers that were not asked for", () => {
    assert.deepEqual(toStatus(statusOf(0)).Peer, []);
    assert.equal(toStatus(captured("status-peers-false")).Peer, null);
  });

  for (const name of ["status-peer-relay", "status-synthetic"]) {
    test(`reads ${name}`, () => assert.ok((toStatus(captured(name)).Peer?.length ?? 0) > 0));
  }

  test("leaves out a peer without an ID", () => {
    const peers = { a: { ...peerOf(1), ID: "" }, b: peerOf(2) };
    assert.deepEqual(toStatus({ ...statusOf(0), Peer: peers }).Peer?.length, 1);
  });

  for (const [name, change, want] of [
    ["the order of lists", { Tags: ["b", "a"] }, { Tags: ["b", "a"] }],
    ["null for an optional list as absent", { Tags: null }, { Tags: undefined }],
    ["a peer relay of an older tailscaled as absent", { PeerRelay: undefined }, { PeerRelay: undefined }],
    [
      "a location",
      { Location: { City: "Bern", Latitude: 46.9, New: 1 } },
      { Location: { City: "Bern", Latitude: 46.9 } },
    ],
    ["a long user id", { UserID: "9007199254740993" }, { UserID: "9007199254740993" }],
    ["a sharer", { AltSharerUserID: 7, ShareeNode: true }, { AltSharerUserID: "7", ShareeNode: true }],
  ] as const) {
    test(`keeps ${name}`, () => {
      const peer = toStatus({ ...statusOf(0), Peer: { k: { ...peerOf(1), ...change } } }).Peer?.[0] as Record<
        string,
        unknown
      >;
      for (const [field, value] of Object.entries(want)) assert.deepEqual(peer[field], value);
    });
  }

  for (const [change, want] of [
    [{ Peer: { k: { ...peerOf(1), Online: "yes" } } }, "Peer.k.Online: expected boolean, found string"],
    [{ Peer: { k: { ...peerOf(1), TailscaleIPs: [1] } } }, "Peer.k.TailscaleIPs: expected list of strings, found list"],
    [{ Peer: { k: { ...peerOf(1), UserID: 1.5 } } }, "Peer.k.UserID: expected integer, found number"],
    [{ Peer: { k: { ...peerOf(1), UserID: "x" } } }, "Peer.k.UserID: expected integer, found string"],
    [{ Peer: { k: { ...peerOf(1), Location: { City: 1 } } } }, "Peer.k.Location.City: expected string, found number"],
    [{ Peer: { k: { ...peerOf(1), RxBytes: null } } }, "Peer.k.RxBytes: expected number, found null"],
    [{ Peer: { k: { ...peerOf(1), LastSeen: undefined } } }, "Peer.k.LastSeen: expected string, found nothing"],
    [{ Peer: { k: null } }, "Peer.k: expected object, found null"],
    [{ Peer: [] }, "Peer: expected object, found list"],
    [{ Self: null }, "Self: expected object, found null"],
    [{ Self: { ...peerOf(0), CapMap: 1 } }, "Self.CapMap: expected object, found number"],
  ] as const) {
    test(`rejects ${want}`, () => {
      assert.throws(() => toStatus({ ...statusOf(0), ...change }), { name: "SyntaxError", message: want });
    });
  }

  test("rejects a wrong type outside of nodes, and names the field", () => {
    assert.throws(() => toStatus({ ...statusOf(0), BackendState: 6 }), /BackendState/);
  });

  test("takes a backend state of the future", () => {
    assert.equal(toStatus({ ...statusOf(0), BackendState: "Dozing" }).BackendState, "Dozing");
  });
});

describe("Whois", () => {
  test("reads a node without and with capabilities", () => {
    const { Node, UserProfile, CapMap } = Whois.parse(captured("whois"));
    assert.deepEqual(
      [Node.StableID, Node.ID, Node.User, UserProfile.ID],
      ["TESTCTRL00000002", "2", "2147455555", "2147455555"],
    );
    assert.deepEqual([Node.Tags, CapMap], [["tag:web", "tag:prod"], null]);
    assert.equal(typeof Node.Hostinfo?.NetInfo?.DERPLatency?.["1-v4"], "number");
    assert.deepEqual(Whois.parse(captured("whois-caps")).CapMap, {
      "tsmon.dev/cap/scrape": [{ exporters: ["node"], endpoints: ["metrics"] }, {}],
    });
  });
});

describe("Prefs", () => {
  test("reads settings, and drops the login", () => {
    const prefs = Prefs.parse(captured("prefs"));
    assert.deepEqual(prefs, { ShieldsUp: false, AdvertiseRoutes: null });
  });
});

describe("DerpMap", () => {
  test("reads regions", () => {
    const regions = DerpMap.parse(captured("derpmap"))?.Regions;
    assert.deepEqual([regions?.["1"]?.RegionID, regions?.["1"]?.RegionCode], [1, "lab"]);
  });
});

describe("PingResult", () => {
  test("reads a direct and a relayed answer", () => {
    assert.equal(PingResult.parse(captured("ping-disco")).Endpoint, "10.77.0.3:41641");
    const relayed = PingResult.parse(captured("ping-disco-derp"));
    assert.deepEqual([relayed.Endpoint, relayed.DERPRegionID], ["", 1]);
  });
});
