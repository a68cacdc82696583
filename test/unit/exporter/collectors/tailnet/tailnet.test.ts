import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Incomplete, NoData } from "../../../../../src/exporter/collector.ts";
import { derp, shortestByRegion } from "../../../../../src/exporter/collectors/tailnet/derp.ts";
import { health } from "../../../../../src/exporter/collectors/tailnet/health.ts";
import { mesh } from "../../../../../src/exporter/collectors/tailnet/mesh.ts";
import { node } from "../../../../../src/exporter/collectors/tailnet/node.ts";
import { up } from "../../../../../src/exporter/collectors/tailnet/up.ts";
import { userMetrics } from "../../../../../src/exporter/collectors/tailnet/usermetrics.ts";
import { LocalApiError } from "../../../../../src/localapi/errors.ts";
import { Whois } from "../../../../../src/localapi/schema.ts";
import { fixture, seriesOf, sourceOf, statusFixture, statusOf } from "./fixture.ts";

const nodeSeries = async (status: ReturnType<typeof statusOf>) => seriesOf(await node().collect(sourceOf(status)));

test("up() is 1 when tailscaled answers, and 0 and no failure when it does not", async () => {
  const down = async () => {
    throw new LocalApiError("missing", "status", "no socket");
  };
  assert.deepEqual(seriesOf(await up().collect(sourceOf(statusOf([])))), { tailscale_up: 1 });
  assert.deepEqual(seriesOf(await up().collect(sourceOf(statusOf([]), { status: down }))), { tailscale_up: 0 });
});

describe("node()", () => {
  test("is in exactly one of all backend states", async () => {
    const series = await nodeSeries(statusOf([], { BackendState: "Stopped" }));
    const states = Object.entries(series).filter(([key]) => key.startsWith("tailscale_backend_state"));
    assert.equal(states.length, 7);
    assert.deepEqual(
      states.filter(([, value]) => value === 1).map(([key]) => key),
      ['tailscale_backend_state{state="Stopped"}'],
    );
  });

  test("gives a state that is newer than we are a series of its own", async () => {
    assert.equal(
      (await nodeSeries(statusOf([], { BackendState: "Dreaming" })))['tailscale_backend_state{state="Dreaming"}'],
      1,
    );
  });

  test("lacks the advertised routes alone when tailscaled does not tell its preferences", async () => {
    const prefs = async () => {
      throw new LocalApiError("denied", "prefs", "status 403");
    };
    const whole = await node().collect(sourceOf(statusOf([])));
    await assert.rejects(
      async () => node().collect(sourceOf(statusOf([]), { prefs })),
      (error) => {
        assert.ok(error instanceof Incomplete);
        assert.match(error.message, /^Cannot read LocalAPI prefs: status 403/);
        const lost = whole.filter(({ metric }) => !error.samples.some((sample) => sample.metric === metric));
        assert.ok(lost.every(({ metric }) => metric.name === "tailscale_node_advertised_routes"));
        return true;
      },
    );
  });

  test("has an identity only after the first login", async () => {
    const series = await nodeSeries(statusFixture("status-needs-login.json"));
    assert.equal(series['tailscale_backend_state{state="NeedsLogin"}'], 1);
    assert.deepEqual(
      Object.keys(series).filter((key) => !key.startsWith("tailscale_backend_state")),
      [],
    );
  });

  for (const [name, ClientVersion, want] of [
    ["absent when tailscaled does not check", null, undefined],
    ["absent when it does not know", {}, undefined],
    ["0 when it is the latest", { RunningLatest: true }, 0],
    ["1 when it names a newer one", { LatestVersion: "1.200.0" }, 1],
  ] as const) {
    test(`tailscale_update_available is ${name}`, async () => {
      assert.equal((await nodeSeries(statusOf([], { ClientVersion }))).tailscale_update_available, want);
    });
  }

  test("tells whether an exit node is in use", async () => {
    const ExitNodeStatus = { ID: "n1", Online: true, TailscaleIPs: ["100.64.0.2/32"] };
    assert.equal((await nodeSeries(statusOf([], { ExitNodeStatus }))).tailscale_exit_node_in_use, 1);
    assert.equal((await nodeSeries(statusOf([]))).tailscale_exit_node_in_use, 0);
  });
});

test("mesh() has the mesh exporter's families, each host name once, and no direction without a path", async () => {
  const status = statusOf([
    { HostName: "a", Online: false },
    { HostName: "a", CurAddr: "192.0.2.1:41641", Active: true, LastHandshake: new Date().toISOString() },
    { HostName: 'b"' },
  ]);
  assert.deepEqual(seriesOf(await mesh().collect(sourceOf(status))), {
    tailscale_peers_total: 3,
    tailscale_peers_online: 2,
    'tailscale_peer_online{hostname="a"}': 1,
    'tailscale_peer_direct{hostname="a"}': 1,
    'tailscale_peer_online{hostname="b\\""}': 1,
  });
});

test("mesh() counts nobody before there is a network map, and zero where nobody is", async () => {
  const countOf = async (change: object) => seriesOf(await mesh().collect(sourceOf(statusOf(null, { ...change }))));
  assert.deepEqual(await countOf({ CurrentTailnet: null }), {});
  assert.deepEqual(await countOf({}), { tailscale_peers_total: 0, tailscale_peers_online: 0 });
});

test("userMetrics() passes on tailscaled's families alone", async () => {
  const text = "# TYPE node_load1 gauge\nnode_load1 7\ntailscaled_new_thing 3\ntailscale_up 0\n";
  await assert.rejects(
    async () => userMetrics().collect(sourceOf(statusOf([]), { userMetrics: async () => text })),
    (error) => {
      assert.ok(error instanceof Incomplete);
      assert.match(error.message, /node_load1/);
      assert.deepEqual(seriesOf(error.samples), { tailscaled_new_thing: 3 });
      return true;
    },
  );
});

describe("derp()", () => {
  const whoisWith = (DERPLatency: Record<string, number>) => async () =>
    Whois.parse({
      ...JSON.parse(fixture("whois.json")),
      Node: { ID: 1, StableID: "n", Name: "n.", Hostinfo: { NetInfo: { DERPLatency } } },
    });
  const map = {
    Regions: {
      "4": { RegionID: 4, RegionCode: "fra", RegionName: "Frankfurt" },
      "9": { RegionID: 9, RegionCode: "dfw", RegionName: "Dallas" },
    },
  };

  test("names the home region, and the shorter latency of each region that was measured", async () => {
    const source = sourceOf(statusOf([]), {
      derpMap: async () => map,
      whoisSelf: whoisWith({ "4-v4": 0.02, "4-v6": 0.01 }),
    });
    assert.deepEqual(seriesOf(await derp().collect(source)), {
      'tailscale_node_derp_home_info{region_code="fra",region_id="4",region_name="Frankfurt"}': 1,
      'tailscale_derp_latency_seconds{region_code="fra"}': 0.01,
    });
  });

  test("names the home region though tailscaled does not tell the latencies", async () => {
    const whoisSelf = async () => {
      throw new LocalApiError("not_found", "whois", "no match");
    };
    const series = seriesOf(await derp().collect(sourceOf(statusOf([]), { derpMap: async () => map, whoisSelf })));
    assert.equal(Object.keys(series).length, 1);
  });

  test("is incomplete when tailscaled fails to tell the latencies", async () => {
    const whoisSelf = async () => {
      throw new LocalApiError("timeout", "whois", "no complete answer");
    };
    const source = sourceOf(statusOf([]), { derpMap: async () => map, whoisSelf });
    await assert.rejects(
      async () => derp().collect(source),
      (error) => error instanceof Incomplete && error.samples.length === 1,
    );
  });

  test("has nothing to say before there is a network map", async () => {
    const source = sourceOf(statusOf([]), { derpMap: async () => null });
    await assert.rejects(async () => derp().collect(source), NoData);
  });

  test("shortestByRegion() reads region ids of several digits", () => {
    assert.deepEqual(
      [...shortestByRegion({ "10-v4": 3, "10-v6": 4, "1-v4": 5 })],
      [
        [10, 3],
        [1, 5],
      ],
    );
  });
});

describe("health()", () => {
  test("gives code and severity of the warnings that the bus tells", async () => {
    const warnings = () => ({
      "no-derp-home": { WarnableCode: "no-derp-home", Severity: "medium", Title: "T", Text: "X" },
    });
    const series = seriesOf(await health().collect(sourceOf(statusOf([], { Health: ["X"] }), { warnings })));
    assert.deepEqual(series, { 'tailscale_health_warning{code="no-derp-home",severity="medium",text=""}': 1 });
  });

  test("gives the sentences of status without the bus, each once", async () => {
    const series = seriesOf(
      await health().collect(sourceOf(statusOf([], { Health: ["You are logged out.", "You are logged out."] }))),
    );
    assert.deepEqual(series, { 'tailscale_health_warning{code="",severity="",text="You are logged out."}': 1 });
  });

  test("gives nothing when the bus says that all is well", async () => {
    assert.deepEqual(await health().collect(sourceOf(statusOf([], { Health: ["old"] }), { warnings: () => ({}) })), []);
  });
});
