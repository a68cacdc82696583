import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { findTailscaled, type SocketProbe, type SocketSearch, systemProbe } from "../../../src/localapi/socket.ts";

/** A file system with sockets, links and texts at some paths. */
function probeOf(sockets: string[], files: Record<string, string> = {}): SocketProbe {
  return {
    isSocket: (path) => sockets.includes(path),
    readLink: (path) => files[path],
    readText: (path) => files[path],
  };
}

function search(parts: Partial<SocketSearch>): unknown {
  return findTailscaled({ socket: undefined, env: {}, platform: "linux", probe: probeOf([]), ...parts });
}

describe("findTailscaled()", () => {
  const CONTAINER = "/tmp/tailscaled.sock";
  const SYNOLOGY = "/var/packages/Tailscale/var/tailscaled.sock";
  const USUAL = "/var/run/tailscale/tailscaled.sock";
  const APP = { "/Library/Tailscale/ipnport": "4321", "/Library/Tailscale/sameuserproof-4321": "0123abcd\n" };
  for (const [name, parts, want] of [
    ["prefers the socket that was named", { socket: "/a", env: { TS_SOCKET: "/b" }, probe: probeOf([USUAL]) }, "/a"],
    ["then takes TS_SOCKET", { env: { TS_SOCKET: "/b" }, probe: probeOf([USUAL]) }, "/b"],
    ["takes an empty name for none", { socket: "", env: { TS_SOCKET: "" }, probe: probeOf([USUAL]) }, USUAL],
    ["then takes the first usual place that exists", { probe: probeOf([CONTAINER, SYNOLOGY]) }, SYNOLOGY],
    ["finds a container's socket last", { probe: probeOf([CONTAINER]) }, CONTAINER],
    ["names the most usual place when there is none", {}, USUAL],
    ["knows other systems by the same places", { platform: "freebsd" }, USUAL],
    ["has a place of its own for macOS", { platform: "darwin", probe: probeOf([USUAL]) }, "/var/run/tailscaled.socket"],
    ["looks for the macOS app on macOS only", { probe: probeOf([], APP) }, USUAL],
    [
      "needs the token of the macOS app",
      { platform: "darwin", probe: probeOf([], { "/Library/Tailscale/ipnport": "4321" }) },
      "/var/run/tailscaled.socket",
    ],
    [
      "needs a port of the macOS app",
      { platform: "darwin", probe: probeOf([], { ...APP, "/Library/Tailscale/ipnport": "x" }) },
      "/var/run/tailscaled.socket",
    ],
  ] as const) {
    test(name, () => assert.deepEqual(search(parts), { socketPath: want }));
  }

  test("finds the macOS app by its port and token", () => {
    assert.deepEqual(search({ platform: "darwin", probe: probeOf([], APP) }), { port: 4321, token: "0123abcd" });
  });
});

describe("systemProbe", () => {
  test("tells a socket from other files, and reads links and texts", async () => {
    const directory = mkdtempSync(join(tmpdir(), "tsmon-probe-"));
    const at = (name: string) => join(directory, name);
    const server = createServer().listen(at("socket"));
    await once(server, "listening");
    writeFileSync(at("file"), "text");
    symlinkSync("4321", at("link"));
    assert.deepEqual(
      ["socket", "file", "link", "none"].map((name) => systemProbe.isSocket(at(name))),
      [true, false, false, false],
    );
    assert.deepEqual([systemProbe.readLink(at("link")), systemProbe.readLink(at("none"))], ["4321", undefined]);
    assert.deepEqual([systemProbe.readText(at("file")), systemProbe.readText(at("none"))], ["text", undefined]);
    server.close();
    rmSync(directory, { recursive: true, force: true });
  });
});
