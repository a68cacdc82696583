import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { join } from "node:path";
import { describe, test } from "node:test";
import { eventually } from "../../lab/eventually.ts";
import { FakeTailscaled } from "../fake-tailscaled.ts";
import { apiDevice, FakeApi, headscaleNode, send } from "./fake-api.ts";
import { folder, peerAt, statusAt, TestDiscover } from "./test-discover.ts";

const TIMEOUT = { timeout: 30_000 };
const PLAIN = ["--agents", "none", "--target", "9100"];
const targets = (...numbers: number[]) => numbers.map((number) => `127.0.1.${number}:9100`);

describe("tsmon discover --source api", () => {
  test("lists the devices of the API, with tailscalesd's labels value for value", TIMEOUT, async () => {
    using dir = folder();
    await using api = await FakeApi.start();
    api.devices = [
      apiDevice(1, { tags: ["tag:golink", "tag:foo:1234"] }),
      apiDevice(2, { connectedToControl: false, lastSeen: "2022-12-01T05:23:30Z", authorized: false }),
      apiDevice(3, { isExternal: true, clientVersion: "", created: "", machineKey: "", name: "x.other.ts.net" }),
      apiDevice(4, { addresses: [] }),
    ];
    const args = ["--source", "api", "--api.url", api.url, ...PLAIN];
    const env = { TSMON_DISCOVER_API_KEY: "tskey-api-good" };
    await using discover = await TestDiscover.start(args, { stateDir: dir.path, env });
    await discover.sees("those with an address", targets(1, 2, 3));
    const [one, two, three] = (await discover.list())!.map(({ labels }) => labels);
    const tailscalesd = {
      __meta_tailscale_api: api.host,
      __meta_tailscale_device_authorized: "true",
      __meta_tailscale_device_client_version: "1.96.2-t0123456-g0123456",
      __meta_tailscale_device_hostname: "host-1",
      __meta_tailscale_device_id: "n1CNTRL",
      __meta_tailscale_device_name: "host-1.tailfe8c.ts.net",
      __meta_tailscale_device_online: "true",
      __meta_tailscale_device_os: "linux",
      __meta_tailscale_device_tag_foo_1234: "1",
      __meta_tailscale_device_tag_golink: "1",
      __meta_tailscale_tailnet: "-",
    };
    assert.deepEqual({ ...one, ...tailscalesd }, one);
    assert.equal(one?.__meta_tailscale_device_user, undefined);
    assert.equal(two?.__meta_tailscale_device_online, "false");
    assert.equal(two?.__meta_tailscale_device_authorized, "false");
    assert.equal(three?.__meta_tailmon_node_name, "x.other.ts.net");
  });

  test("gets a token for an OAuth client, and another when that is refused", TIMEOUT, async () => {
    using dir = folder();
    await using api = await FakeApi.start();
    api.devices = [apiDevice(1)];
    writeFileSync(join(dir.path, "api.oauth-client-secret"), "tskey-client-good\n");
    const args = ["--source", "api", "--api.url", api.url, "--api.oauth-client-id", "client", ...PLAIN];
    // As systemd gives it.
    const env = { CREDENTIALS_DIRECTORY: dir.path };
    await using discover = await TestDiscover.start(args, { stateDir: dir.path, env });
    await discover.sees("the device", targets(1));
    const tokens = () => api.seen.filter((line) => line === "POST /api/v2/oauth/token").length;
    const lists = () => api.seen.filter((line) => line.endsWith("/devices")).length;
    const before = lists();
    await eventually("more lists", () => lists() > before + 2);
    assert.equal(tokens(), 1);
    api.tokens.clear();
    api.devices.push(apiDevice(2));
    await discover.sees("the second device", targets(1, 2));
    assert.equal(tokens(), 2);
    assert.deepEqual(discover.log.length, 1, discover.log.join("\n"));
  });

  test("keeps the list through every fault of the API, and shows no secret", TIMEOUT, async () => {
    using dir = folder();
    await using api = await FakeApi.start();
    api.devices = [1, 2, 3, 4].map((number) => apiDevice(number));
    const key = join(dir.path, "key");
    writeFileSync(key, "tskey-api-good\n");
    const args = ["--source", "api", "--api.url", api.url, "--api.key-file", key, ...PLAIN];
    await using discover = await TestDiscover.start(args, { stateDir: dir.path });
    await discover.sees("all", targets(1, 2, 3, 4));
    const success = async () => (await discover.metric('tsmon_discover_source_success{source="api"}')) === 1;
    const whole = JSON.stringify({ devices: api.devices });
    for (const [name, fault, isError] of [
      ["401", (response: ServerResponse) => send(response, 401, { message: "tskey-api-good" }), true],
      ["403", (response: ServerResponse) => send(response, 403, {}), true],
      ["404", (response: ServerResponse) => send(response, 404, {}), true],
      ["429", (response: ServerResponse) => send(response, 429, {}), true],
      ["429 with Retry-After", (response: ServerResponse) => send(response, 429, {}, { "Retry-After": "1" }), true],
      ["500", (response: ServerResponse) => send(response, 500, {}), true],
      ["504", (response: ServerResponse) => response.writeHead(504).end("<html>tskey-api-good</html>"), true],
      ["204", (response: ServerResponse) => response.writeHead(204).end(), true],
      ["a redirect", (response: ServerResponse) => send(response, 302, {}, { Location: "/api/v2/x" }), true],
      ["HTML", (response: ServerResponse) => response.end("<html></html>"), true],
      ["null", (response: ServerResponse) => response.end("null"), true],
      ["null devices", (response: ServerResponse) => send(response, 200, { devices: null }), true],
      ["cut JSON", (response: ServerResponse) => response.end(whole.slice(0, 900)), true],
      [
        "a cut connection",
        (response: ServerResponse) => {
          response.writeHead(200, { "Content-Length": `${whole.length}` });
          response.write(whole.slice(0, 900));
          setTimeout(() => response.destroy(), 20);
        },
        true,
      ],
      ["a device without an id", (response: ServerResponse) => send(response, 200, { devices: [{ name: "x" }] }), true],
      ["no devices", (response: ServerResponse) => send(response, 200, { devices: [] }), false],
      [
        "half the devices",
        (response: ServerResponse, { url }: IncomingMessage) =>
          url?.endsWith("/devices") ? send(response, 200, { devices: api.devices.slice(2) }) : send(response, 500, {}),
        false,
      ],
    ] as const) {
      const before = api.seen.length;
      api.fault = fault;
      await eventually(`an answer: ${name}`, async () => api.seen.length > before && (await success()) === !isError);
      await discover.sees(`all in spite of ${name}`, targets(1, 2, 3, 4));
      api.fault = undefined;
      await eventually(`the end of ${name}`, success);
    }
    assert.doesNotMatch(discover.log.join("\n"), /tskey-api-good/);
    assert.match(discover.log.join("\n"), /status 401 \(is the key or the OAuth client still valid\?\)/);
  });

  test(
    "takes a list without a device that there is for half a list, and lets one go that is deleted",
    TIMEOUT,
    async () => {
      using dir = folder();
      await using api = await FakeApi.start();
      api.devices = [1, 2, 3, 4].map((number) => apiDevice(number));
      const args = ["--source", "api", "--api.url", api.url, ...PLAIN];
      const env = { TSMON_DISCOVER_API_KEY: "tskey-api-good" };
      await using discover = await TestDiscover.start(args, { stateDir: dir.path, env });
      await discover.sees("all", targets(1, 2, 3, 4));
      api.fault = (response, { url }) => {
        if (url?.endsWith("/devices")) send(response, 200, { devices: api.devices.slice(1) });
        else send(response, 200, api.devices[0]);
      };
      await discover.says(/ warn Cannot read the list of devices: it lacks a device that there is/);
      await discover.sees("all", targets(1, 2, 3, 4));
      // No word on the device itself.
      for (const status of [405, 500]) {
        const before = api.seen.length;
        api.fault = (response, { url }) => {
          if (url?.endsWith("/devices")) send(response, 200, { devices: api.devices.slice(2) });
          else send(response, status, {});
        };
        await eventually("lists", () => api.seen.slice(before).filter((line) => line.endsWith("/devices")).length > 2);
        await discover.sees(`all in spite of ${status}`, targets(1, 2, 3, 4));
      }
      api.fault = undefined;
      api.devices = [apiDevice(4)];
      await discover.sees("the one that is left, at once", targets(4));
    },
  );

  test("serves no list of an earlier run that is of another tailnet or API", TIMEOUT, async () => {
    using dir = folder();
    await using api = await FakeApi.start();
    await using other = await FakeApi.start();
    api.devices = [apiDevice(1)];
    const env = { TSMON_DISCOVER_API_KEY: "tskey-api-good" };
    const args = ["--source", "api", "--api.url", api.url, ...PLAIN];
    {
      await using first = await TestDiscover.start(args, { stateDir: dir.path, env });
      await first.sees("the device", targets(1));
      first.signal("SIGTERM");
      await first.ended();
    }
    for (const fake of [api, other]) fake.fault = (response) => send(response, 500, {});
    for (const more of [["--api.tailnet", "example.com"], ["--api.url", other.url], []]) {
      await using discover = await TestDiscover.start([...args, ...more], { stateDir: dir.path, env });
      assert.equal((await discover.list())?.length, more.length > 0 ? undefined : 1, more.join(" "));
      if (more.length > 0) await discover.says(/ info The last good list is of another tailnet source=api/);
    }
  });

  test("leaves an API alone for as long as it says", TIMEOUT, async () => {
    using dir = folder();
    await using api = await FakeApi.start();
    const askedMs: number[] = [];
    api.fault = (response) => {
      askedMs.push(performance.now());
      send(response, 429, {}, { "Retry-After": "2" });
    };
    const args = ["--source", "api", "--api.url", api.url, ...PLAIN];
    const env = { TSMON_DISCOVER_API_KEY: "tskey-api-good" };
    await using discover = await TestDiscover.start(args, { stateDir: dir.path, env });
    await eventually("two questions", () => askedMs.length > 1);
    assert.ok(askedMs[1]! - askedMs[0]! > 1500);
    assert.equal((await discover.get("/sd")).status, 503);
  });

  test("says what is missing without a credential", TIMEOUT, async () => {
    using dir = folder();
    await using discover = await TestDiscover.start(["--source", "api"], { stateDir: dir.path });
    await discover.says(/ warn Cannot read the setting api\.key: it is not given \(give it by --api\.key-file\)/);
    assert.match(await (await discover.get("/sd")).text(), /^There is no whole list of devices yet\. api: Cannot read/);
    for (const [args, message] of [
      [
        ["--api.oauth-client-id", "x"],
        /the setting api\.oauth-client-secret: it is not given \(give it by --api\.oauth/,
      ],
      [["--api.key-file", "/nonexistent"], /the API key: \/nonexistent: ENOENT \(give it by --api\.key-file\)/],
    ] as const) {
      await using other = await TestDiscover.start(["--source", "api", ...args], { stateDir: dir.path });
      await other.says(message);
    }
  });
});

describe("tsmon discover --source headscale", () => {
  test("lists the nodes of a Headscale, new and old", TIMEOUT, async () => {
    using dir = folder();
    await using api = await FakeApi.start();
    api.nodes = [
      headscaleNode(1, { tags: ["tag:web"] }),
      headscaleNode(2, { tags: undefined, forcedTags: ["tag:a"], validTags: ["tag:b"], online: false }),
      headscaleNode(3),
    ];
    const args = ["--source", "headscale", "--headscale.url", api.url, ...PLAIN];
    const env = { TSMON_DISCOVER_HEADSCALE_KEY: "tskey-api-good" };
    await using discover = await TestDiscover.start(args, { stateDir: dir.path, env });
    await discover.sees("all", targets(1, 2, 3));
    await discover.sees("one with old tags", targets(2), "/sd?tag=b&online=false");
    await discover.sees("one with a user", targets(3), "/sd?user=amelie");
    api.fault = (response) => send(response, 200, { nodes: [{ name: "without an id" }] });
    await discover.says(/ warn Cannot read the list of nodes: an entry has no id/);
    await discover.sees("all", targets(1, 2, 3));
  });

  test("serves no nodes of another Headscale, whose ids are the same", TIMEOUT, async () => {
    using dir = folder();
    await using api = await FakeApi.start();
    await using other = await FakeApi.start();
    api.nodes = [headscaleNode(1), headscaleNode(2)];
    const args = ["--source", "headscale", ...PLAIN];
    const env = { TSMON_DISCOVER_HEADSCALE_KEY: "tskey-api-good" };
    {
      await using first = await TestDiscover.start([...args, "--headscale.url", api.url], { stateDir: dir.path, env });
      await first.sees("both", targets(1, 2));
      first.signal("SIGTERM");
      await first.ended();
    }
    await using second = await TestDiscover.start([...args, "--headscale.url", other.url], { stateDir: dir.path, env });
    await second.sees("that there are none", []);
  });
});

describe("tsmon discover with several sources", () => {
  test("lists a node of two sources once, and none before each source has answered", TIMEOUT, async () => {
    using dir = folder();
    await using api = await FakeApi.start();
    api.devices = [apiDevice(1), apiDevice(2)];
    api.fault = (response) => send(response, 500, {});
    const status = { ...statusAt(), Peer: { a: peerAt(2, { OS: "" }), b: peerAt(3) } };
    await using tailscaled = await FakeTailscaled.start({ status });
    const args = [
      "--source",
      "local",
      "--source",
      "api",
      "--socket",
      tailscaled.socketPath,
      "--api.url",
      api.url,
      ...PLAIN,
    ];
    const env = { TSMON_DISCOVER_API_KEY: "tskey-api-good" };
    await using discover = await TestDiscover.start(args, { stateDir: dir.path, env });
    await eventually(
      "the local list",
      async () => (await discover.metric('tsmon_discover_devices{source="local"}')) === 2,
    );
    assert.equal(await discover.list(), undefined);
    api.fault = undefined;
    await discover.sees("both", targets(1, 2, 3));
    const two = (await discover.list())![1]!.labels;
    assert.deepEqual(
      [two.__meta_tailscale_api, two.__meta_tailscale_device_client_version, two.__meta_tailscale_device_os],
      ["localhost", "1.96.2-t0123456-g0123456", "linux"],
    );
    await tailscaled.stop();
    api.devices.push(apiDevice(4));
    await discover.sees("what the other adds", targets(1, 2, 3, 4));
  });
});
